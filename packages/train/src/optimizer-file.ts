/** The optimizer's part of a checkpoint as `optimizer.safetensors`: moments by the names of their parameters. */
import { TinyllmError } from '@tinyllm/common';
import { type ParameterValues, readSafetensors, writeSafetensors } from '@tinyllm/model';
import type { NamedValues, Snapshot } from './snapshot';

/** Where the number of steps is, in the metadata of the file. */
const STEP = 'step';

/** The bytes of `optimizer.safetensors`. */
export function writeOptimizer({ step, m, v }: Snapshot['optimizer']): Uint8Array<ArrayBuffer> {
  const moments = new Map([...prefixed(m, 'm.'), ...prefixed(v, 'v.')]);
  return writeSafetensors(moments, { format: 'pt', [STEP]: String(step) });
}

/** What `writeOptimizer` wrote. Throws `safetensors/…`, and `train/no-optimizer` where it is another file of tensors. */
export function readOptimizer(bytes: Uint8Array): Snapshot['optimizer'] {
  const { tensors, metadata } = readSafetensors(bytes);
  const step = metadata[STEP] === undefined ? Number.NaN : Number(metadata[STEP]);
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new TinyllmError(
      'train/no-optimizer',
      `These tensors are no optimizer's: their metadata has the step ${metadata[STEP]}, and an integer is expected. ` +
        'Give the optimizer.safetensors of a checkpoint.',
    );
  }
  const moments = [...tensors] as [string, ParameterValues][];
  return { step, m: unprefixed(moments, 'm.'), v: unprefixed(moments, 'v.') };
}

function prefixed(values: NamedValues, prefix: string): [string, ParameterValues][] {
  return [...values].map(([name, value]) => [prefix + name, value]);
}

function unprefixed(values: readonly [string, ParameterValues][], prefix: string): NamedValues {
  const own = values.filter(([name]) => name.startsWith(prefix));
  return new Map(own.map(([name, value]) => [name.slice(prefix.length), value]));
}
