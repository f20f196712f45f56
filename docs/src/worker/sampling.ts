import { TinyllmError } from '@tinyllm/common';
import { endOfText } from '@tinyllm/data';
import { languageModel, loadModel, type Model, modelConfig, parameterCount } from '@tinyllm/model';
import { generate, type Piece, sampler } from '@tinyllm/sample';
import type { Tokenizer } from '@tinyllm/tokenizers';
import { type Files, need, parse, readTokenizer, verify } from './checkpoint';
import { live } from './live';
import { readSource } from './model-source';
import type { JobEvent, ShownPiece } from './protocol';
import type { Job, Opened, Session } from './session';
import { tokensOf } from './tokenizing';

/** How many of the likeliest tokens are shown beside a drawn one. */
const ALTERNATIVES = 8;

/** Opens a model and keeps it for `generate`, `attention` and `inside`. Its files come while the backend starts. */
export const open: Job<'open'> = async function* (source, session) {
  const starting = session.backend();
  const reading = live<JobEvent<'open'>, Files>((tell) =>
    readSource(source, (received, size) => tell({ type: 'loading', received, size })),
  );
  const folder = yield* reading;
  await starting;
  await verify(folder);
  const tokenizer = readTokenizer(folder);
  const config = parse(folder, 'config.json');
  modelConfig(config); // says what is wrong with it before anything large is read
  const model = loadModel({ config, safetensors: need(folder, 'model.safetensors') });
  await session.open({ model, tokenizer });
  yield {
    type: 'opened',
    parameters: parameterCount(model).total,
    vocabSize: tokenizer.vocabSize,
    blockSize: model.architecture === 'gpt' ? model.config.blockSize : 1,
    shape: shapeOf(model),
    prompt: promptOf(folder, tokenizer),
  };
};

/** Streams a text, each token with the model's own probability of it and what else it thought of. */
export const generation: Job<'generate'> = async function* (request, session, signal) {
  const { model, tokenizer } = opened(session);
  const ids = Int32Array.from(request.ids ?? tokenizer.encode(request.prompt));
  if (request.ids === undefined) yield { type: 'prompt', tokens: tokensOf(tokenizer, ids) };
  const { seed, maxNewTokens } = request;
  const fromIds = {
    vocabSize: tokenizer.vocabSize,
    encode: () => ids,
    decode: (some: ArrayLike<number>) => tokenizer.decode(some),
    decodeStream: () => tokenizer.decodeStream(),
  };
  const ends = [endOfText, '<s>', '</s>'].map((name) => tokenizer.specialTokens[name]); // GPT-2's, and llama2.c's two
  const pieces = generate(languageModel(model), fromIds, request.prompt, {
    sampler: sampler(request.sampler),
    seed,
    maxNewTokens,
    alternatives: ALTERNATIVES,
    signal,
    stopTokens: ends.filter((id) => id !== undefined),
  });
  for await (const piece of pieces) yield { type: 'piece', piece: shown(piece, tokenizer) };
};

/** The model that was opened last. Throws `docs/no-model`. */
export function opened(session: Session): Opened {
  if (session.opened) return session.opened;
  throw new TinyllmError(
    'docs/no-model',
    'No model is open yet. Open the one that you trained, or drop a checkpoint.',
  );
}

function shown({ scores, ...piece }: Piece, tokenizer: Tokenizer): ShownPiece {
  const top = scores?.top ?? [];
  const alternatives = top.map(({ token, probability }) => ({
    id: token,
    text: tokenizer.decode([token]),
    probability,
  }));
  return { ...piece, probability: scores?.probability ?? 0, alternatives };
}

/** Where the run that made a checkpoint began its samples, or where texts begin for its tokenizer. */
function promptOf(folder: Files, { specialTokens }: Tokenizer): string {
  if (folder.has('trainer.json')) return (parse(folder, 'trainer.json') as { prompt: string }).prompt;
  return ['<s>', endOfText].find((token) => Object.hasOwn(specialTokens, token)) ?? '\n';
}

function shapeOf(model: Model): string {
  if (model.architecture === 'bigram') return 'bigram';
  const { nLayer, nHead, nEmbd } = model.config;
  return `GPT, ${nLayer} layers, ${nHead} heads, ${nEmbd} wide`;
}
