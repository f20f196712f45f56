import { availableParallelism, cpus, totalmem } from 'node:os';
import { type BackendReport, probeBackends } from '@tinyllm/compute';
import { Command } from 'commander';
import { print, styled, table } from '../output';
import { version } from '../version';

/** `tinyllm doctor`: what this machine can run on, and why not the rest. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Show what this machine can run on, and what would make it faster.')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  tinyllm doctor')
    .action(async ({ json }: { json?: boolean }) => {
      const backends = await probeBackends();
      const best = backends.find(({ usable }) => usable)?.name;
      const machine = {
        tinyllm: version,
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
        processor: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} threads`,
        memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
      };
      if (json) {
        const reports = backends.map(({ name, usable, detail }) => ({ name, usable, detail }));
        return print(JSON.stringify({ ...machine, backends: reports, best }, null, 2));
      }
      print(table(Object.entries(machine)));
      print('\nBackends, the fastest first:');
      for (const backend of backends) print(describe(backend, backend.name === best));
    });
}

function describe({ name, usable, detail, cause }: BackendReport, best: boolean): string {
  const mark = usable ? styled('green', 'yes') : styled('dim', 'no ');
  const reason = cause instanceof Error ? `\n${' '.repeat(18)}(${cause.message.split('\n', 1)[0]})` : '';
  return `  ${name.padEnd(11)} ${mark}  ${detail}${best ? '  <- used by default' : ''}${reason}`;
}
