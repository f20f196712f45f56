import { dispose, softmax, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { TinyllmError } from '@tinyllm/common';
import { createGPT, disposeModel, forward, type GPT, trace } from '@tinyllm/model';
import { CharTokenizer, type Tokenizer } from '@tinyllm/tokenizers';
import type { Inside } from './protocol';
import { opened } from './sampling';
import type { Job, Session } from './session';
import { tokensOf } from './tokenizing';

/** Most tokens that are looked at: their maps have to fit on a page. */
const MOST_TOKENS = 24;
const SHOWN_NEXT = 8;

/** One forward pass, kept open: everything that `trace` sees, and the distribution behind the last token. */
export const inside: Job<'inside'> = async function* ({ text, model: which }, session) {
  await session.backend();
  const { model, tokenizer } = which === 'new' ? newModel(text) : openedGPT(session);
  const { blockSize, nHead, nEmbd, vocabSize } = model.config;
  const ids = tokenizer.encode(text).slice(0, Math.min(MOST_TOKENS, blockSize));
  const input = tensor2d(ids, [1, ids.length], 'int32'); // [1, T]
  try {
    const { hiddenStates, attentionMaps } = trace(model, input);
    const probabilities = tidy(() => softmax(forward(model, input)) as Tensor); // [1, T, V]
    const values = async (tensor: Tensor): Promise<Float32Array> =>
      ((await tensor.data()) as Float32Array).slice();
    const last = (await values(probabilities)).subarray((ids.length - 1) * vocabSize);
    const seen: Inside = {
      tokens: tokensOf(tokenizer, ids),
      nHead,
      nEmbd,
      vocabSize,
      hiddenStates: await Promise.all(hiddenStates.map(values)),
      attentionMaps: await Promise.all(attentionMaps.map(values)),
      next: likeliest(last, tokenizer),
    };
    dispose([hiddenStates as Tensor[], attentionMaps as Tensor[], probabilities]);
    yield seen;
  } finally {
    input.dispose();
    if (which === 'new') disposeModel(model);
  }
};

interface Seen {
  readonly model: GPT;
  readonly tokenizer: Tokenizer;
}

/** A tiny GPT of the characters of `text`. */
function newModel(text: string): Seen {
  const tokenizer = CharTokenizer.fromText(text);
  const { vocabSize } = tokenizer;
  const shape = { vocabSize, blockSize: MOST_TOKENS, nLayer: 2, nHead: 2, nEmbd: 16 };
  return { model: createGPT(shape, { seed: 1 }), tokenizer };
}

function openedGPT(session: Session): Seen {
  const { model, tokenizer } = opened(session);
  if (model.architecture === 'gpt') return { model, tokenizer };
  throw new TinyllmError('docs/no-attention', 'A bigram has nothing inside to look at. Open a GPT.');
}

function likeliest(probabilities: Float32Array, tokenizer: Tokenizer): Inside['next'] {
  const order = Array.from(probabilities.keys()).sort(
    (a, b) => (probabilities[b] as number) - (probabilities[a] as number),
  );
  return order
    .slice(0, SHOWN_NEXT)
    .map((id) => ({ id, text: tokenizer.decode([id]), probability: probabilities[id] as number }));
}
