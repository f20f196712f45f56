import {
  type BackendName,
  backendNames,
  canRevectorize,
  type RunningBackend,
  useBackend,
} from '@tinyllm/compute';
import { type Command, Option } from 'commander';

export interface BackendFlags {
  readonly backend?: BackendName;
  readonly revectorize?: boolean;
}

/** Adds the flags that say what `command` computes on, and gives it back. */
export function addBackendFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--backend <name>', 'default: the best that this machine has').choices(backendNames),
    )
    .addOption(
      new Option(
        '--revectorize',
        'wasm in Node 24 and later: 256-bit arithmetic, by an experimental flag of V8',
      ).implies({ backend: 'wasm' }),
    );
}

/** Starts what the flags name, or the best there is. Throws as `useBackend` does. */
export function startBackend({ backend, revectorize }: BackendFlags): Promise<RunningBackend> {
  return useBackend(backend, { revectorize });
}

/** What would make training faster than it is on `best`, a line each. */
export function advice(best: BackendName | undefined, revectorizes: boolean = canRevectorize()): string[] {
  if (best !== 'wasm') return [];
  const how = revectorizes ? '--revectorize' : 'Node 24 or later with --revectorize';
  return [
    `${how} lets wasm use 256-bit arithmetic, where the processor has it: about 1.5 times as fast.`,
    'The backends above that do not start say what they need: a graphics card is many times as fast.',
  ];
}
