import { TinyllmError } from '@tinyllm/common';
import { endOfText } from '@tinyllm/data';
import { languageModel, loadModel, type Model, modelConfig, parameterCount } from '@tinyllm/model';
import { generate, type Piece, sampler } from '@tinyllm/sample';
import type { Tokenizer } from '@tinyllm/tokenizers';
import { unzipSync } from 'fflate';
import { type Files, need, parse, readTokenizer, verify } from './checkpoint';
import type { ShownPiece } from './protocol';
import { readRun } from './run-storage';
import type { Job, Opened, Session } from './session';
import { tokensOf } from './tokenizing';

/** How many of the likeliest tokens are shown beside a drawn one. */
const ALTERNATIVES = 8;

/** Opens a checkpoint and keeps its model for `generate` and `inside`. */
export const open: Job<'open'> = async function* ({ files }, session) {
  await session.backend();
  const folder = files ? unpack(files) : (await readRun())?.checkpoint;
  if (folder === undefined) {
    throw new TinyllmError(
      'checkpoint/not-found',
      'This browser keeps no trained model yet. Train one in the demo before this, or drop the zip of a checkpoint.',
    );
  }
  await verify(folder);
  const tokenizer = readTokenizer(folder);
  modelConfig(parse(folder, 'config.json')); // says what is wrong with it before anything large is read
  const model = loadModel({
    config: parse(folder, 'config.json'),
    safetensors: need(folder, 'model.safetensors'),
  });
  await session.open({ model, tokenizer });
  yield {
    parameters: parameterCount(model).total,
    vocabSize: tokenizer.vocabSize,
    blockSize: model.architecture === 'gpt' ? model.config.blockSize : 1,
    shape: shapeOf(model),
    prompt: Object.hasOwn(tokenizer.specialTokens, endOfText) ? endOfText : '\n',
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
  const end = tokenizer.specialTokens[endOfText];
  const pieces = generate(languageModel(model), fromIds, request.prompt, {
    sampler: sampler(request.sampler),
    seed,
    maxNewTokens,
    alternatives: ALTERNATIVES,
    signal,
    ...(end === undefined ? {} : { stopTokens: [end] }),
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

/** Bytes of the largest file that is taken out of a zip: what a page can hold, whatever the zip says of itself. */
const LARGEST_FILE = 2 ** 30;

function unzip(data: Uint8Array): Record<string, Uint8Array> {
  return unzipSync(data, {
    filter({ name, originalSize }) {
      if (originalSize <= LARGEST_FILE) return true;
      throw new TinyllmError(
        'docs/zip-too-large',
        `${name} in this zip takes ${originalSize} bytes, and a page opens files of at most ${LARGEST_FILE}. ` +
          'Drop a smaller model, or sample it with the command line.',
      );
    },
  });
}

/** The files of a folder by their own names, out of a zip where that is what there is. */
function unpack(files: ReadonlyMap<string, Uint8Array>): Files {
  const [[name, data] = ['', new Uint8Array()]] = files;
  const all = files.size === 1 && name.endsWith('.zip') ? Object.entries(unzip(data)) : [...files];
  const entries = all.filter(([path]) => !path.endsWith('/')); // a zip may name its folders
  return new Map(
    entries.map(([path, bytes]) => [path.slice(path.lastIndexOf('/') + 1), bytes as Uint8Array<ArrayBuffer>]),
  );
}

function shapeOf(model: Model): string {
  if (model.architecture === 'bigram') return 'bigram';
  const { nLayer, nHead, nEmbd } = model.config;
  return `GPT, ${nLayer} layers, ${nHead} heads, ${nEmbd} wide`;
}
