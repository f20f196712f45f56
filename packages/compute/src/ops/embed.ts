import {
  expandDims,
  gather,
  registerGradient,
  reshape,
  scatterND,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { registerReference, release, runKernel } from './register';
import { checkShapes, rows } from './shapes';

/**
 * Looks up a row of the table for each id: `ids` [...] int32, `table` [V, C] → [..., C]. The caller disposes.
 * Ids must be in [0, V). Throws `compute/shape-mismatch`, `compute/wrong-dtype`, and on wasm and webgpu
 * `compute/id-out-of-range`; webgpu does not see ids that were computed on the card.
 */
export function embed(ids: Tensor, table: Tensor2D): Tensor {
  checkShapes(table.rank === 2, 'embed', 'ids [...] and a table [V, C]', ids, table);
  const [y] = runKernel('Embed', { ids, table }) as [Tensor];
  return y;
}

export interface EmbedInputs {
  ids: Tensor;
  table: Tensor2D;
}

export function embedReference({ ids, table }: EmbedInputs): Tensor {
  return gather(table, ids); // [..., C]
}

export interface EmbedGradInputs {
  dy: Tensor;
  ids: Tensor;
}

export type EmbedGradAttributes = { vocabSize: number };

/** The gradient of the table: row v is the sum of `dy` [..., C] wherever ids is v. */
export function embedGradReference({ dy, ids }: EmbedGradInputs, vocabSize: number): Tensor {
  const dyRows = rows(dy); // [N, C]
  const indices = expandDims(reshape(ids, [ids.size]), 1); // [N, 1]
  return scatterND(indices, dyRows, [vocabSize, dyRows.shape[1]]); // [V, C]
}

registerReference<EmbedInputs>('Embed', (inputs) => [embedReference(inputs)]);

registerReference<EmbedGradInputs, EmbedGradAttributes>('EmbedGrad', (inputs, { vocabSize }) => [
  embedGradReference(inputs, vocabSize),
]);

registerGradient({
  kernelName: 'Embed',
  inputsToSave: ['ids', 'table'],
  gradFunc: (dy, [ids, table]) => ({
    table: () => {
      const vocabSize = (table as Tensor).shape[0] as number;
      const [dTable] = runKernel('EmbedGrad', { dy: dy as Tensor, ids }, { vocabSize });
      release([ids, table]);
      return dTable as Tensor;
    },
  }),
});
