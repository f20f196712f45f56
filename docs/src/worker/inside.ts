import { dispose, softmax, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { createGPT, disposeModel, forward, type GPT, type Trace, trace } from '@tinyllm/model';
import { CharTokenizer, type Tokenizer } from '@tinyllm/tokenizers';
import { disposeTrace, openedGPT, valuesOf } from './attention';
import type { Box, Inside } from './protocol';
import type { Job } from './session';
import { tokensOf } from './tokenizing';

/** Most tokens that are looked at: their maps have to fit on a page. */
const MOST_TOKENS = 24;
const SHOWN_NEXT = 8;

/** One forward pass, kept open: everything that `trace` sees, and the distribution behind the last token. */
export const inside: Job<'inside'> = async function* ({ text, model: which }, session) {
  await session.backend();
  const { model, tokenizer } = which === 'new' ? newModel(text) : openedGPT(session);
  const { blockSize, nHead, vocabSize } = model.config;
  const ids = tokenizer.encode(text).slice(0, Math.min(MOST_TOKENS, blockSize));
  const input = tensor2d(ids, [1, ids.length], 'int32'); // [1, T]
  const seen = trace(model, input);
  const probabilities = tidy(() => softmax(forward(model, input)) as Tensor); // [1, T, V]
  try {
    const start = (ids.length - 1) * vocabSize;
    const last = (await valuesOf(probabilities)).subarray(start, start + tokenizer.vocabSize); // some models are padded
    const boxes = await Promise.all(boxesOf(seen).map(fill));
    yield { tokens: tokensOf(tokenizer, ids), nHead, vocabSize, boxes, next: likeliest(last, tokenizer) };
  } finally {
    dispose([input, probabilities]);
    disposeTrace(seen);
    if (which === 'new') disposeModel(model);
  }
};

type Open = Pick<Box, 'part' | 'layer'> & { readonly tensor: Tensor };

function boxesOf({ hiddenStates: [embedding, ...left], attentionMaps, steps }: Trace): Open[] {
  const blocks = left.flatMap((x, layer): Open[] => {
    const { normalized, qkv, read, attended, inner } = steps[layer] as Trace['steps'][number];
    const attention = attentionMaps[layer] as Tensor;
    const tensors = { normalized, qkv, attention, read, attended, inner, left: x };
    return Object.entries(tensors).map(([part, tensor]) => ({ part: part as Box['part'], layer, tensor }));
  });
  return [{ part: 'embedding', tensor: embedding as Tensor }, ...blocks];
}

async function fill({ tensor, ...box }: Open): Promise<Box> {
  return { ...box, shape: tensor.shape, values: await valuesOf(tensor) };
}

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

function likeliest(probabilities: Float32Array, tokenizer: Tokenizer): Inside['next'] {
  const order = Array.from(probabilities.keys()).sort(
    (a, b) => (probabilities[b] as number) - (probabilities[a] as number),
  );
  return order
    .slice(0, SHOWN_NEXT)
    .map((id) => ({ id, text: tokenizer.decode([id]), probability: probabilities[id] as number }));
}
