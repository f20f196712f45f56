import { endOfText } from '@tinyllm/data';
import {
  BPETokenizer,
  CharTokenizer,
  type Tokenizer,
  type TrainBpeEvent,
  trainBpe,
} from '@tinyllm/tokenizers';
import { readCorpus } from './corpus';
import { live } from './live';
import type { Token, TokenizerName } from './protocol';
import type { Job, Session } from './session';

/** Merges that a page lists. */
const SHOWN_MERGES = 40;

/** A text in the tokens of one tokenizer. */
export const tokenize: Job<'tokenize'> = async function* ({ text, tokenizer: name }, session) {
  const tokenizer = await choose(name, text, session);
  if (tokenizer === undefined) return;
  const ids = tokenizer.encode(text);
  yield {
    tokens: tokensOf(tokenizer, ids).map((token) => ({ ...token, bytes: bytesOf(token, tokenizer) })),
    bytes: new TextEncoder().encode(text).length,
    vocabSize: tokenizer.vocabSize,
  };
};

/** Learns a byte-level BPE and keeps it for `tokenize`. */
export const trainTokenizer: Job<'trainTokenizer'> = async function* (
  { corpus, vocabSize },
  session,
  signal,
) {
  const { train } = readCorpus(corpus, 1);
  const specialTokens = train.includes(endOfText) ? [endOfText] : [];
  const tokenizer = yield* live<TrainBpeEvent, BPETokenizer>((onProgress) =>
    trainBpe([train], { vocabSize, specialTokens, signal, onProgress }),
  );
  session.tokenizers.set('trained', tokenizer);
  const merges = tokenizer.toJSON().merges.slice(0, SHOWN_MERGES);
  yield { type: 'trained', vocabSize: tokenizer.vocabSize, merges };
};

/** Each id with its own text. */
export function tokensOf(tokenizer: Pick<Tokenizer, 'decode'>, ids: ArrayLike<number>): Token[] {
  return Array.from(ids, (id) => ({ id, text: tokenizer.decode([id]) }));
}

/** Bytes of a BPE's token may be a part of a character, which has no text. */
function bytesOf({ id, text }: Token, tokenizer: Tokenizer): Uint8Array {
  return tokenizer instanceof BPETokenizer ? tokenizer.bytesOf(id) : new TextEncoder().encode(text);
}

async function choose(
  name: TokenizerName,
  text: string,
  { tokenizers }: Session,
): Promise<Tokenizer | undefined> {
  if (name === 'characters') return CharTokenizer.fromText(text);
  if (name === 'gpt2' && !tokenizers.has(name)) {
    tokenizers.set(name, (await import('@tinyllm/tokenizers/gpt2')).gpt2());
  }
  return tokenizers.get(name);
}
