import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { EmbedGradAttributes, EmbedGradInputs, EmbedInputs } from '../../ops/embed';
import { sizeOf } from '../../ops/shapes';
import { rowsOf, tensorflowKernel } from './kernel';

/** Rows of the table. */
export const embed: KernelConfig = tensorflowKernel<EmbedInputs>('Embed', (ops, { ids, table }) => [
  ops.output(ops.gather(ops.of(table), ops.of(ids))),
]);

/** Each row of the table gets the sum of what reached its copies. */
export const embedGrad: KernelConfig = tensorflowKernel<EmbedGradInputs, EmbedGradAttributes>(
  'EmbedGrad',
  (ops, { dy, ids }, { vocabSize }) => {
    const [rows, places] = [ops.of(dy, rowsOf(dy)), ops.of(ids, [sizeOf(ids)])]; // [N, C] and [N]
    return [ops.output(ops.run('UnsortedSegmentSum', [rows, places, ops.integers([vocabSize], [])]))]; // [V, C]
  },
);
