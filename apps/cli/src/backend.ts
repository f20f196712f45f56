import { type BackendName, backendNames, type RunningBackend, useBackend } from '@tinyllm/compute';
import { Option } from 'commander';

export interface BackendFlags {
  readonly backend?: BackendName;
  readonly revectorize?: boolean;
}

/** The flags that say what a command computes on. */
export const backendFlags: readonly [Option, Option] = [
  new Option('--backend <name>', 'default: the best that this machine has').choices(backendNames),
  new Option(
    '--revectorize',
    'wasm in Node 24 and later: 256-bit arithmetic, by an experimental flag of V8',
  ).implies({ backend: 'wasm' }),
];

/** Starts what the flags name, or the best there is. Throws as `useBackend` does. */
export function startBackend({ backend, revectorize }: BackendFlags): Promise<RunningBackend> {
  return useBackend(backend, { revectorize });
}

/** What would make training faster here, a line each. */
export function advice(nodeVersion: string, best: BackendName | undefined): string[] {
  if (best !== 'wasm') return [];
  const isNew = Number(nodeVersion.replace('v', '').split('.', 1)[0]) >= 24;
  const how = isNew ? '--revectorize' : 'Node 24 or later with --revectorize';
  return [
    `${how} lets wasm use 256-bit arithmetic, where the processor has it: 1.2 to 1.5 times as fast.`,
    'The backends above that do not start say what they need: a graphics card is many times as fast.',
  ];
}
