/** What a GPT does inside, to look at. Training and sampling do not pass here, so it costs them nothing. */
import { keep, type Tensor, type Tensor2D, type Tensor3D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { attentionWeights, causalAttention, repeatKeys } from '@tinyllm/compute';
import { type BlockSteps, blocks, window } from './gpt';
import type { GPT } from './gpt-parameters';

export interface Trace {
  /** The residual stream [B, T, C]: the embedding, then what each block leaves; nLayer + 1 of them. */
  readonly hiddenStates: readonly Tensor3D[];
  /** For each layer [B, H, T, T]: row t is the share of each position in what position t reads. */
  readonly attentionMaps: readonly Tensor4D[];
  /** What each layer computes on its way. */
  readonly steps: readonly BlockSteps[];
}

/**
 * What one pass over `ids` [B, T] int32 computes, from the embedding to the last block. The caller disposes it all, for
 * example with tfjs's `dispose(trace)`. Throws `model/too-long`.
 */
export function trace(model: GPT, ids: Tensor2D): Trace {
  const { nHead, nKvHead } = model.config;
  const hiddenStates: Tensor3D[] = [];
  const attentionMaps: Tensor4D[] = [];
  const steps: BlockSteps[] = [];
  tidy(() => {
    const attend = (qkv: Tensor): Tensor => {
      const whole = repeatKeys(qkv as Tensor3D, nHead, nKvHead); // [B, T, 3·H·D]
      attentionMaps.push(keep(attentionWeights(whole, nHead)));
      return causalAttention(whole, nHead);
    };
    const watch = (x: Tensor, made?: BlockSteps): void => {
      hiddenStates.push(keep(x as Tensor3D));
      if (made) steps.push(made);
      for (const step of Object.values(made ?? {})) keep(step);
    };
    blocks(model, ids, window(model, ids), { attend, watch });
  });
  return { hiddenStates, attentionMaps, steps };
}
