import { TinyllmError } from '@tinyllm/common';
import { Command, CommanderError } from 'commander';
import { benchCommand } from './commands/bench';
import { completionCommand } from './commands/completion';
import { doctorCommand } from './commands/doctor';
import { evalCommand } from './commands/eval';
import { exportCommand } from './commands/export';
import { importCommand } from './commands/import';
import { infoCommand } from './commands/info';
import { judgeCommand } from './commands/judge';
import { plotCommand } from './commands/plot';
import { prepareCommand } from './commands/prepare';
import { sampleCommand } from './commands/sample';
import { tokenizerCommand } from './commands/tokenizer';
import { trainCommand } from './commands/train';
import { applyConfigFile } from './config-file';
import { printError } from './output';
import { version } from './version';

/** Codes whose errors mean that the command was called wrongly. */
const usageCodes =
  /^(cli|config|random)\/|^data\/(bad-option|bad-validation-fraction)$|^sample\/(invalid-option|empty-prompt|prompt-too-long)$|^tokenizer\/vocab-size$|^compute\/(unknown-backend|no-revectorizer)$|^checkpoint\/other-config$/;

/** Runs the command line `args` and gives the exit code: 0, 1 where something failed, 2 where the usage was bad. */
async function run(args: readonly string[]): Promise<number> {
  const program = new Command('tinyllm')
    .description('Train and sample small GPTs.')
    .version(version)
    .showHelpAfterError('Run with --help to see what there is.')
    .exitOverride()
    .hook('preAction', (_, command) => applyConfigFile(command));
  for (const command of [
    prepareCommand(),
    tokenizerCommand(),
    trainCommand(),
    evalCommand(),
    plotCommand(),
    sampleCommand(),
    judgeCommand(),
    infoCommand(),
    importCommand(),
    exportCommand(),
    doctorCommand(),
    benchCommand(),
    completionCommand(),
  ]) {
    program.addCommand(command.copyInheritedSettings(program));
    for (const part of command.commands) part.copyInheritedSettings(command);
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0); // doctor sets it
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // it has said why
    printError(error);
    return error instanceof TinyllmError && usageCodes.test(error.code) ? 2 : 1;
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0); // the reader, say `head`, has seen enough
  printError(new Error(`Could not write: ${error.message}`));
  process.exit(1);
});
process.exitCode = await run(process.argv.slice(2));
