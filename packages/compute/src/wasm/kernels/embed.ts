import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { TinyllmError } from '@tinyllm/common';
import type { WasmBackend } from '../backend';
import { lastOf, passCost, sizeOf, wasmKernel } from './kernel';

/** Throws `compute/id-out-of-range` unless every id but `ignored` is a row of a table of V: kernels do not look. */
export function checkIds(backend: WasmBackend, ids: TensorInfo, V: number, ignored?: number): void {
  for (const id of backend.valuesOf(ids)) {
    if ((id < 0 || id >= V) && id !== ignored) {
      throw new TinyllmError(
        'compute/id-out-of-range',
        `There is no row ${id} in a table of ${V}. Check that the tokenizer is the one of this model.`,
      );
    }
  }
}

export const embed: KernelConfig = wasmKernel<{ ids: TensorInfo; table: TensorInfo }>(
  'Embed',
  (backend, { ids, table }) => {
    const [V, C] = table.shape as [number, number];
    const N = sizeOf(ids);
    checkIds(backend, ids, V);
    const y = backend.output([...ids.shape, C]);
    const addresses = [ids, table, y].map((tensor) => backend.address(tensor));
    backend.run('embed', passCost(N * C), N, C, ...addresses);
    return [y];
  },
);

export const embedGrad: KernelConfig = wasmKernel<{ dy: TensorInfo; ids: TensorInfo }, { vocabSize: number }>(
  'EmbedGrad',
  (backend, { dy, ids }, { vocabSize }) => {
    const C = lastOf(dy);
    const N = sizeOf(ids);
    const dTable = backend.output([vocabSize, C]);
    const addresses = [ids, dy, dTable].map((tensor) => backend.address(tensor));
    backend.run('embedGrad', passCost((N + vocabSize) * C), N, vocabSize, C, ...addresses);
    return [dTable];
  },
);
