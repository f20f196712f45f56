import { slice, type Tensor2D, type Tensor3D, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { unembed } from '@tinyllm/compute';
import { bigramForward } from './bigram';
import { head, hiddenStates } from './gpt';
import type { Model } from './model';

/** What text generation needs of a model, and all that `@tinyllm/sample` knows of one. */
export interface LanguageModel {
  readonly vocabSize: number;
  /** The most ids that are read at once. */
  readonly blockSize: number;
  /** Logits [V] of the token that follows `ids`, of which there are 1 to `blockSize`. */
  nextTokenLogits(ids: Int32Array): Promise<Float32Array>;
}

/** `model` as text generation sees it. It stays the caller's, with its parameters as they are at each call. */
export function languageModel(model: Model): LanguageModel {
  return {
    vocabSize: model.config.vocabSize,
    blockSize: model.architecture === 'gpt' ? model.config.blockSize : 1,
    async nextTokenLogits(ids) {
      const logits = tidy(() => lastLogits(model, tensor2d(ids, [1, ids.length], 'int32')));
      const values = (await logits.data()) as Float32Array;
      logits.dispose();
      return values;
    },
  };
}

/** Logits of the last position alone: `ids` [1, T] → [1, 1, V]. */
function lastLogits(model: Model, ids: Tensor2D): Tensor3D {
  const last = ids.shape[1] - 1;
  if (model.architecture === 'bigram') return bigramForward(model, slice(ids, [0, last], [1, 1]));
  const x = hiddenStates(model, ids); // [1, T, C]
  return unembed(slice(x, [0, last, 0], [1, 1, x.shape[2]]), head(model)) as Tensor3D;
}
