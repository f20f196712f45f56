/** Training a byte-level BPE tokenizer: count pre-tokens, learn merges, lay out the vocabulary. */
import { macrotask, TinyllmError } from '@tinyllm/common';
import { BPETokenizer } from './bpe-tokenizer';
import { bytesInOrder } from './byte-alphabet';
import { learnMerges } from './learn-merges';
import { PretokenCounter, type PretokenCounts } from './pretoken-counter';
import type { PretokenPattern } from './pretokenize';

/** How far training is: while it counts pre-tokens (`bytes` are UTF-8), and while it merges. */
export type TrainBpeEvent =
  | { readonly type: 'counting'; readonly texts: number; readonly bytes: number }
  | { readonly type: 'merging'; readonly merges: number; readonly of: number };

export interface TrainBpeOptions {
  /** Tokens in all: special tokens, 256 bytes, merges. Fewer come out when the texts run out of pairs. */
  readonly vocabSize: number;
  /** Default `gpt2`. */
  readonly pattern?: PretokenPattern;
  /** They get the first ids, in this order, and part the texts they stand in. Default none. */
  readonly specialTokens?: readonly string[];
  readonly onProgress?: (event: TrainBpeEvent) => void;
  readonly signal?: AbortSignal;
}

/** Texts counted, and merges learned, between two events. The event loop gets its turn after as many. */
const TEXTS_PER_EVENT = 1000;
const MERGES_PER_EVENT = 500;

/**
 * Learns a byte-level BPE tokenizer from texts, each a document of its own. Ids: special tokens, the 256 bytes in
 * GPT-2's order, merges in the order learned. Pairs that stand equally often merge in descending order of their
 * bytes, so the result depends on nothing but the counts. Memory is bounded by the distinct pre-tokens (with the
 * pattern `none`, by the distinct texts). Throws `tokenizer/vocab-size` when the vocabulary has no room for the
 * bytes, `tokenizer/invalid-texts`, `tokenizer/unknown-pattern`, `tokenizer/duplicate` and
 * `tokenizer/invalid-vocabulary` for special tokens, and the signal's reason when it is aborted.
 */
export async function trainBpe(
  texts: Iterable<string> | AsyncIterable<string>,
  options: TrainBpeOptions,
): Promise<BPETokenizer> {
  checkVocabSize(options);
  checkTexts(texts);
  const { pattern = 'gpt2', specialTokens = [], onProgress, signal } = options;
  const counter = new PretokenCounter(pattern, specialTokens);
  signal?.throwIfAborted();
  for await (const text of texts) {
    checkText(text);
    counter.countText(text);
    if (counter.texts % TEXTS_PER_EVENT === 0) {
      onProgress?.({ type: 'counting', texts: counter.texts, bytes: counter.bytes });
      await macrotask();
    }
    signal?.throwIfAborted();
  }
  onProgress?.({ type: 'counting', texts: counter.texts, bytes: counter.bytes });
  return trainOnCounts(counter.counts(), options);
}

/** The second half of training, from counted pre-tokens to the tokenizer. */
export async function trainOnCounts(
  counts: PretokenCounts,
  { vocabSize, pattern = 'gpt2', specialTokens = [], onProgress, signal }: TrainBpeOptions,
): Promise<BPETokenizer> {
  const of = vocabSize - specialTokens.length - bytesInOrder.length;
  const firstByte = specialTokens.length;
  const idOfByte = new Map(bytesInOrder.map((byte, i) => [byte, firstByte + i]));
  const idOf = (token: number) => idOfByte.get(token) ?? firstByte + token;
  const tokens: (Uint8Array | undefined)[] = [
    ...specialTokens.map(() => undefined),
    ...bytesInOrder.map((byte) => Uint8Array.of(byte)),
  ];
  const merges: [number, number][] = [];
  if (of > 0) {
    for (const merge of learnMerges(counts)) {
      const pair: [number, number] = [idOf(merge.left), idOf(merge.right)];
      merges.push(pair);
      tokens.push(Uint8Array.from(pair.flatMap((id) => [...(tokens[id] ?? [])])));
      if (merges.length === of) break;
      if (merges.length % MERGES_PER_EVENT === 0) {
        onProgress?.({ type: 'merging', merges: merges.length, of });
        await macrotask();
        signal?.throwIfAborted();
      }
    }
  }
  onProgress?.({ type: 'merging', merges: merges.length, of: merges.length });
  const ids = Object.fromEntries(specialTokens.map((token, id) => [token, id]));
  return new BPETokenizer({ tokens, merges, specialTokens: ids, pattern });
}

/** Throws `tokenizer/vocab-size` when special tokens and bytes alone are more than `vocabSize`. */
export function checkVocabSize({ vocabSize, specialTokens = [] }: TrainBpeOptions): void {
  const least = specialTokens.length + bytesInOrder.length;
  if (Number.isSafeInteger(vocabSize) && vocabSize >= least) return;
  throw new TinyllmError(
    'tokenizer/vocab-size',
    `vocabSize is ${vocabSize}, but ${bytesInOrder.length} bytes and ${specialTokens.length} special tokens take ` +
      `${least} ids before the first merge. Set it to a whole number above ${least}, for example ${least * 2}.`,
  );
}

/** Throws `tokenizer/invalid-texts` for one string, whose characters would each be a document. */
export function checkTexts(texts: Iterable<string> | AsyncIterable<string>): void {
  if (typeof texts !== 'string') return;
  throw invalidTexts('texts is one string, of which each character would be a document. Pass [text].');
}

/** Throws `tokenizer/invalid-texts` unless `text` is a string. */
export function checkText(text: unknown): void {
  if (typeof text === 'string') return;
  throw invalidTexts(`texts must give strings, but gave ${text === null ? 'null' : typeof text}.`);
}

function invalidTexts(message: string): TinyllmError {
  return new TinyllmError('tokenizer/invalid-texts', message);
}
