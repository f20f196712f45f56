import { dispose, type Tensor, type TensorContainer, tensor2d } from '@tensorflow/tfjs-core';
import { TinyllmError } from '@tinyllm/common';
import { type GPT, type Trace, trace } from '@tinyllm/model';
import type { Tokenizer } from '@tinyllm/tokenizers';
import { opened } from './sampling';
import type { Job, Session } from './session';
import { tokensOf } from './tokenizing';

/** Most tokens that are looked at: more cannot be told apart on a page. */
const MOST_TOKENS = 256;

/** The attention maps of a text, as the opened model reads as much of it in one pass as its window holds. */
export const attention: Job<'attention'> = async function* ({ ids, reader }, session) {
  const { model, tokenizer } = openedGPT(session);
  const T = Math.min(ids.length, MOST_TOKENS, model.config.blockSize);
  const start = reader < ids.length - T ? Math.max(0, reader + 1 - T) : ids.length - T;
  const read = ids.slice(start, start + T);
  const input = tensor2d([...read], [1, read.length], 'int32'); // [1, T]
  const seen = trace(model, input);
  try {
    const maps = await Promise.all(seen.attentionMaps.map(valuesOf));
    yield { tokens: tokensOf(tokenizer, read), start, nHead: model.config.nHead, maps };
  } finally {
    input.dispose();
    disposeTrace(seen);
  }
};

/** The opened model, which must be one that has attention. Throws `docs/no-model` and `docs/no-attention`. */
export function openedGPT(session: Session): { readonly model: GPT; readonly tokenizer: Tokenizer } {
  const { model, tokenizer } = opened(session);
  if (model.architecture === 'gpt') return { model, tokenizer };
  throw new TinyllmError('docs/no-attention', 'A bigram has nothing inside to look at. Open a GPT.');
}

export function disposeTrace(seen: Trace): void {
  dispose(seen as unknown as TensorContainer); // which takes what is nested, but knows of no read-only lists
}

/** A copy of a tensor's values. */
export async function valuesOf(tensor: Tensor): Promise<Float32Array> {
  return ((await tensor.data()) as Float32Array).slice();
}
