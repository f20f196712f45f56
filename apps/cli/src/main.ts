import { TinyllmError } from '@tinyllm/common';
import { Command, CommanderError } from 'commander';
import { doctorCommand } from './commands/doctor';
import { evalCommand } from './commands/eval';
import { exportCommand } from './commands/export';
import { importCommand } from './commands/import';
import { infoCommand } from './commands/info';
import { plotCommand } from './commands/plot';
import { prepareCommand } from './commands/prepare';
import { sampleCommand } from './commands/sample';
import { trainCommand } from './commands/train';
import { printError } from './output';
import { version } from './version';

/** Codes whose errors mean that the command was called wrongly. */
const usageCodes =
  /^(cli|config)\/|^data\/(bad-option|bad-validation-fraction)$|^sample\/(invalid-option|empty-prompt)$|^compute\/unknown-backend$|^checkpoint\/other-config$/;

/** Runs the command line `args` and gives the exit code: 0, 1 where something failed, 2 where the usage was bad. */
async function run(args: readonly string[]): Promise<number> {
  const program = new Command('tinyllm')
    .description('Train and sample small GPTs.')
    .version(version)
    .showHelpAfterError('Run with --help to see what there is.')
    .exitOverride();
  const commands = [
    prepareCommand(),
    trainCommand(),
    evalCommand(),
    plotCommand(),
    sampleCommand(),
    infoCommand(),
    importCommand(),
    exportCommand(),
    doctorCommand(),
  ];
  for (const command of commands) {
    program.addCommand(command.copyInheritedSettings(program));
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // it has said why
    printError(error);
    return error instanceof TinyllmError && usageCodes.test(error.code) ? 2 : 1;
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0); // the reader, say `head`, has seen enough
  throw error;
});
process.exitCode = await run(process.argv.slice(2));
