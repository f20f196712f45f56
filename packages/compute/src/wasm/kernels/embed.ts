import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { EmbedGradAttributes, EmbedGradInputs, EmbedInputs } from '../../ops/embed';
import { checkIds } from '../../ops/ids';
import { lastOf, sizeOf } from '../../ops/shapes';
import { passCost, wasmKernel } from './kernel';

export const embed: KernelConfig = wasmKernel<EmbedInputs>('Embed', (backend, { ids, table }) => {
  const [V, C] = table.shape as [number, number];
  const N = sizeOf(ids);
  checkIds(backend.valuesOf(ids), V);
  const y = backend.output([...ids.shape, C]);
  const addresses = [ids, table, y].map((tensor) => backend.address(tensor));
  backend.run('embed', passCost(N * C), N, C, ...addresses);
  return [y];
});

export const embedGrad: KernelConfig = wasmKernel<EmbedGradInputs, EmbedGradAttributes>(
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
