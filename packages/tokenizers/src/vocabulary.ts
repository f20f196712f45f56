/** What a byte-level BPE vocabulary is, checked and laid out for encoding and decoding. */
import { TinyllmError } from '@tinyllm/common';
import { toPrintable } from './byte-alphabet';
import { ByteStrings } from './byte-strings';
import { mergePairs } from './merge';
import { MergeTable } from './merge-table';
import type { PretokenPattern } from './pretokenize';

/** The data of a `BPETokenizer`. */
export interface BPEVocabulary {
  /** The bytes of each token by id; none at the ids of special tokens and at unused ids. */
  readonly tokens: readonly (Uint8Array | undefined)[];
  /** Pairs of ids in the order in which they merge. What two tokens merge into is the token of their joint bytes. */
  readonly merges: readonly (readonly [left: number, right: number])[];
  /** Id of each special token by its text. Default none. */
  readonly specialTokens?: Readonly<Record<string, number>> | undefined;
  /** Default `gpt2`. */
  readonly pattern?: PretokenPattern | undefined;
}

/** A vocabulary laid out: token `id` is `arena[starts[id] .. starts[id + 1]]`, special tokens as their text. */
export interface Vocabulary {
  readonly size: number;
  /** Without the special tokens: `size` long. */
  readonly tokens: BPEVocabulary['tokens'];
  readonly merges: BPEVocabulary['merges'];
  readonly arena: Uint8Array;
  readonly starts: Int32Array;
  readonly byteIds: Int32Array;
  readonly table: MergeTable;
}

/** Throws `tokenizer/invalid-vocabulary` or `tokenizer/duplicate`. */
export function createVocabulary({ tokens, merges, specialTokens = {} }: BPEVocabulary): Vocabulary {
  const all = withSpecials(tokens, specialTokens);
  const starts = new Int32Array(all.length + 1);
  for (const [id, bytes] of all.entries()) starts[id + 1] = (starts[id] as number) + (bytes?.length ?? 0);
  const arena = new Uint8Array(starts[all.length] as number);
  for (const [id, bytes] of all.entries()) if (bytes) arena.set(bytes, starts[id]);

  const idOf = indexTokens(tokens);
  const byteIds = Int32Array.from({ length: 256 }, (_, byte) => {
    const id = idOf(Uint8Array.of(byte));
    if (id === undefined) throw missing(`byte 0x${byte.toString(16).padStart(2, '0')} has no token`);
    return id;
  });
  const table = new MergeTable(merges.length);
  const scratch = new Uint8Array(longest(tokens) * 2);
  for (const [rank, [left, right]] of merges.entries()) {
    const length = join(tokens[left], tokens[right], scratch);
    const merged = idOf(scratch.subarray(0, length));
    if (merged === undefined) throw missing(`merge ${rank} (${left} and ${right}) gives no token`);
    table.add(left, right, rank, merged);
  }
  const plain = Array.from(all, (_, id) => tokens[id]);
  return { size: all.length, tokens: plain, merges, arena, starts, byteIds, table };
}

function withSpecials(
  tokens: BPEVocabulary['tokens'],
  specialTokens: Readonly<Record<string, number>>,
): (Uint8Array | undefined)[] {
  const all = [...tokens];
  for (const [text, id] of Object.entries(specialTokens)) {
    if (!Number.isSafeInteger(id) || id < 0) throw missing(`special token ${text} has the id ${id}`);
    if (text === '') throw missing(`the special token with id ${id} is empty`);
    if (all[id] !== undefined) throw duplicate(`Id ${id} is the special token ${text} and another token.`);
    all[id] = new TextEncoder().encode(text);
  }
  return Array.from(all); // holes become undefined
}

/** A look-up from bytes to id. */
function indexTokens(tokens: BPEVocabulary['tokens']): (bytes: Uint8Array) => number | undefined {
  const strings = new ByteStrings(tokens.length);
  const ids: number[] = [];
  for (const [id, bytes] of tokens.entries()) {
    if (bytes === undefined) continue;
    const twin = strings.find(bytes, 0, bytes.length);
    if (twin >= 0) throw duplicate(`Ids ${ids[twin]} and ${id} are both the token ${toPrintable(bytes)}.`);
    strings.add(bytes, 0, bytes.length);
    ids.push(id);
  }
  return (bytes) => ids[strings.find(bytes, 0, bytes.length)];
}

/** Writes two byte strings into `out`, and gives how many bytes they are; 0 when one is missing. */
function join(left: Uint8Array | undefined, right: Uint8Array | undefined, out: Uint8Array): number {
  if (left === undefined || right === undefined) return 0;
  for (let i = 0; i < left.length; i++) out[i] = left[i] as number;
  for (let i = 0; i < right.length; i++) out[left.length + i] = right[i] as number;
  return left.length + right.length;
}

/** Bytes of the longest token. */
function longest(tokens: BPEVocabulary['tokens']): number {
  return tokens.reduce((most, bytes) => Math.max(most, bytes?.length ?? 0), 0);
}

/**
 * The merges of a vocabulary whose ids are ranks, as tiktoken keeps it: each token of two bytes or more is the
 * merge of the two tokens that the merges before it leave of its bytes. Throws `tokenizer/invalid-vocabulary`
 * when they leave another number.
 */
export function mergesFromRanks(tokens: readonly Uint8Array[]): [left: number, right: number][] {
  const byteIds = new Int32Array(256);
  for (const [id, bytes] of tokens.entries()) if (bytes.length === 1) byteIds[bytes[0] as number] = id;
  const table = new MergeTable(tokens.length);
  const parts = new Int32Array(longest(tokens));
  const merges: [number, number][] = [];
  for (const [id, bytes] of tokens.entries()) {
    if (bytes.length < 2) continue;
    for (let i = 0; i < bytes.length; i++) parts[i] = byteIds[bytes[i] as number] as number;
    const count = mergePairs(parts, bytes.length, table);
    if (count !== 2) {
      throw missing(`token ${id} (${toPrintable(bytes)}) is not two earlier tokens joined, but ${count}`);
    }
    const left = parts[0] as number;
    const right = parts[1] as number;
    table.add(left, right, id, id);
    merges.push([left, right]);
  }
  return merges;
}

function missing(what: string): TinyllmError {
  return new TinyllmError(
    'tokenizer/invalid-vocabulary',
    `A byte-level BPE vocabulary has a token for each of the 256 bytes and for what each merge gives, but ${what}. ` +
      'Check that tokens and merges belong together.',
  );
}

function duplicate(what: string): TinyllmError {
  return new TinyllmError('tokenizer/duplicate', `${what} Give each token one id.`);
}
