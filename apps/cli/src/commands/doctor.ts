import { availableParallelism, cpus, totalmem } from 'node:os';
import { type BackendReport, probeBackends } from '@tinyllm/compute';
import { Command } from 'commander';
import { advice } from '../backend';
import { count, print, styled, table } from '../output';
import { type Trial, tryBackend } from '../try-backend';
import { version } from '../version';

type Tried = BackendReport & { readonly trial?: Trial };

/** `tinyllm doctor`: what this machine can run on, how fast, and why not the rest. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'Train and sample a tiny model on every backend of this machine, and say what would make it faster.',
    )
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  tinyllm doctor')
    .action(async ({ json }: { json?: boolean }) => {
      const backends: Tried[] = [];
      for (const report of await probeBackends())
        backends.push(report.usable ? { ...report, trial: await tryBackend(report.name) } : report);
      const best = backends.find(({ trial }) => trial?.works)?.name;
      const faster = advice(best);
      const machine = {
        tinyllm: version,
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
        processor: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} threads`,
        memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
      };
      if (json) {
        const reports = backends.map(({ name, usable, detail, trial }) => ({ name, usable, detail, trial }));
        print(JSON.stringify({ ...machine, backends: reports, best, faster }, null, 2));
      } else {
        print(table(Object.entries(machine)));
        print('\nBackends, in the order in which they are tried:');
        for (const backend of backends) print(describe(backend, backend.name === best));
        for (const line of faster) print(`\n${line}`);
      }
      if (backends.some(({ trial }) => trial?.works === false)) process.exitCode = 1;
    });
}

function describe({ name, usable, detail, cause, trial }: Tried, best: boolean): string {
  const mark = usable ? styled('green', 'yes') : styled('dim', 'no ');
  const below = (line: string): string => `\n${' '.repeat(18)}${line}`;
  const rate = (tokens: number): string => `${count(Math.round(tokens))} tokens/s`;
  const reason = cause instanceof Error ? below(`(${cause.message.split('\n', 1)[0]})`) : '';
  const tried =
    trial === undefined
      ? ''
      : trial.works
        ? below(
            `trains ${rate(trial.trainedPerSecond)}, samples ${rate(trial.sampledPerSecond)} of a tiny model`,
          )
        : below(styled('red', `does not work: ${trial.reason}`));
  return `  ${name.padEnd(11)} ${mark}  ${detail}${best ? '  <- used by default' : ''}${reason}${tried}`;
}
