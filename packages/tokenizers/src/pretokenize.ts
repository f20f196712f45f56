/**
 * Pre-tokenization: where a text is cut before byte pairs are merged, so that no token reaches from one word
 * into the next. The cuts are those of a regular expression, found by hand-written scanners over UTF-8: on
 * English they are several times as fast as the expression.
 */
import { TinyllmError } from '@tinyllm/common';
import { byteKinds, characterLength, END, kindAt, LETTER, NOT_ASCII, NUMBER, OTHER, SPACE } from './unicode';

/**
 * How text is cut into pre-tokens: as GPT-2 does (contractions, words and numbers with the space before them,
 * runs of punctuation, runs of whitespace), as OpenAI's cl100k_base does (case-blind contractions, at most three
 * digits, newlines apart), or not at all.
 */
export type PretokenPattern = 'gpt2' | 'cl100k' | 'none';

/**
 * The expression each pattern stands for, in the syntax that Hugging Face `tokenizers` and tiktoken read.
 * `cl100k` is the one published with the encoding and in Hugging Face files. (tiktoken 0.12 and later take
 * whitespace at the very end of a text as one piece even when it contains newlines; this does not.)
 */
export const patternSources: Readonly<Record<Exclude<PretokenPattern, 'none'>, string>> = {
  gpt2: String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
  cl100k: String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
};

/**
 * Where the pre-token that starts at `start` ends. `bytes` are well-formed UTF-8 up to `end`, and
 * `bytes[end]` is `SENTINEL`: it saves a bounds check on every byte.
 */
export type Scanner = (bytes: Uint8Array, start: number, end: number) => number;

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const BLANK = 0x20;
const APOSTROPHE = 0x27;

const scanners: Readonly<Record<PretokenPattern, Scanner>> = {
  gpt2: nextGpt2,
  cl100k: nextCl100k,
  none: (_bytes, _start, end) => end,
};

/** The scanner of a pattern. Throws `tokenizer/unknown-pattern`. */
export function scannerOf(pattern: PretokenPattern): Scanner {
  if (Object.hasOwn(scanners, pattern)) return scanners[pattern];
  throw new TinyllmError(
    'tokenizer/unknown-pattern',
    `pattern must be "gpt2", "cl100k" or "none", but is ${JSON.stringify(pattern)}. ` +
      'Leave it out for GPT-2\'s; cl100k_base and what came after cut by "cl100k".',
  );
}

function nextGpt2(bytes: Uint8Array, start: number): number {
  const first = bytes[start] as number;
  if (first === APOSTROPHE) {
    const end = contractionEnd(bytes, start);
    if (end > start) return end;
  }
  const at = first === BLANK ? start + 1 : start;
  const kind = kindAt(bytes, at);
  if (kind === SPACE || kind === END) return spaceEnd(bytes, start);
  return runEnd(bytes, at, kind);
}

function nextCl100k(bytes: Uint8Array, start: number): number {
  const first = bytes[start] as number;
  if (first === APOSTROPHE) {
    const end = contractionEndAnyCase(bytes, start);
    if (end > start) return end;
  }
  const kind = kindAt(bytes, start);
  if (kind === LETTER) return runEnd(bytes, start, LETTER);
  if (kind === NUMBER) return threeDigitsEnd(bytes, start);
  if (!isNewline(first)) {
    const second = start + characterLength(first);
    const secondKind = kindAt(bytes, second);
    if (secondKind === LETTER) return runEnd(bytes, second, LETTER);
    if (kind === OTHER) return newlinesEnd(bytes, runEnd(bytes, start, OTHER));
    if (first === BLANK && secondKind === OTHER) return newlinesEnd(bytes, runEnd(bytes, second, OTHER));
  }
  const end = runEnd(bytes, start, SPACE);
  for (let last = end; last > start; last--) {
    if (isNewline(bytes[last - 1] as number)) return last;
  }
  return spaceEnd(bytes, start);
}

/** The end of the run of characters of one kind from `at` on. */
function runEnd(bytes: Uint8Array, at: number, kind: number): number {
  for (;;) {
    let byteKind = byteKinds[bytes[at] as number] as number;
    while (byteKind === kind) byteKind = byteKinds[bytes[++at] as number] as number;
    if (byteKind !== NOT_ASCII || kindAt(bytes, at) !== kind) return at;
    at += characterLength(bytes[at] as number);
  }
}

/** The end of a run of whitespace, less its last character where a word follows: that one goes with the word. */
function spaceEnd(bytes: Uint8Array, start: number): number {
  const end = runEnd(bytes, start, SPACE);
  if (byteKinds[bytes[end] as number] === END) return end;
  let last = end - 1;
  while (((bytes[last] as number) & 0xc0) === 0x80) last--;
  return last > start ? last : end;
}

function threeDigitsEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let digits = 0; digits < 3 && kindAt(bytes, at) === NUMBER; digits++) {
    at += characterLength(bytes[at] as number);
  }
  return at;
}

function newlinesEnd(bytes: Uint8Array, at: number): number {
  while (isNewline(bytes[at] as number)) at++;
  return at;
}

function isNewline(byte: number): boolean {
  return byte === NEWLINE || byte === RETURN;
}

/** The end of 's, 't, 'm, 'd, 're, 've or 'll at `start`; `start` when there is none. */
function contractionEnd(bytes: Uint8Array, start: number): number {
  return contraction(bytes[start + 1] as number, bytes[start + 2] as number, start);
}

function contractionEndAnyCase(bytes: Uint8Array, start: number): number {
  const first = bytes[start + 1] as number;
  const second = bytes[start + 2] as number;
  if (first === 0xc5 && second === 0xbf) return start + 3; // ſ, U+017F: the long s folds to s
  return contraction(lowerCase(first), lowerCase(second), start);
}

function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

/** s 0x73, t 0x74, m 0x6d, d 0x64; re 0x72 0x65, ve 0x76 0x65, ll 0x6c 0x6c. */
function contraction(first: number, second: number, start: number): number {
  if (first === 0x73 || first === 0x74 || first === 0x6d || first === 0x64) return start + 2;
  if ((first === 0x72 || first === 0x76) && second === 0x65) return start + 3;
  return first === 0x6c && second === 0x6c ? start + 3 : start;
}
