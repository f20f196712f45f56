import { toPrintable } from './byte-alphabet';
import { grown } from './grown';
import { mergePairs } from './merge';
import { PieceCache } from './piece-cache';
import { type PretokenPattern, type Scanner, scannerOf } from './pretokenize';
import { END_OF_TEXT, segments, specialTokenPattern } from './special-tokens';
import { chunkEnd, TextChunks } from './text-chunks';
import type { DecodeStream, EncodeOptions, Tokenizer, TokenizerJSON } from './tokenizer';
import { unknownId } from './unknown-id';
import { type BPEVocabulary, createVocabulary, mergesFromRanks, type Vocabulary } from './vocabulary';

export interface BPETokenizerJSON extends TokenizerJSON {
  readonly type: 'bpe';
  readonly pattern: PretokenPattern;
  /** The bytes of each token by id, in GPT-2's printable alphabet; null for special tokens and unused ids. */
  readonly tokens: readonly (string | null)[];
  /** Pairs in the order in which they merge, as in GPT-2's `merges.txt`: two tokens and a blank between. */
  readonly merges: readonly string[];
  readonly specialTokens: Readonly<Record<string, number>>;
}

/** Ids of the largest buffer kept for the next text. */
const KEPT = 1 << 20;

/**
 * Byte-level byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909; bytes as in GPT-2, Radford et al. 2019).
 * Encodes any string; what `decode` gives is the string again, lone surrogates as U+FFFD.
 */
export class BPETokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly specialTokens: Readonly<Record<string, number>>;
  /** Id of `<|endoftext|>`, which ends a text; none without that special token. */
  readonly endOfText: number | undefined;
  /** Id that fills up a batch: the same, as in GPT-2, which has no other. */
  readonly padding: number | undefined;
  /** How text is cut before pairs are merged. */
  readonly pattern: PretokenPattern;
  readonly #vocabulary: Vocabulary;
  readonly #scan: Scanner;
  readonly #specials: RegExp | undefined;
  readonly #cache = new PieceCache();
  readonly #chunks = new TextChunks();
  #out = new Int32Array(1 << 10);

  /**
   * Throws `tokenizer/invalid-vocabulary` when one of the 256 bytes has no token or a merge gives none,
   * `tokenizer/duplicate` when two ids mean the same, and `tokenizer/unknown-pattern`.
   */
  constructor(vocabulary: BPEVocabulary) {
    this.#vocabulary = createVocabulary(vocabulary);
    this.vocabSize = this.#vocabulary.size;
    this.specialTokens = { ...vocabulary.specialTokens };
    this.endOfText = this.specialTokens[END_OF_TEXT];
    this.padding = this.endOfText;
    this.pattern = vocabulary.pattern ?? 'gpt2';
    this.#scan = scannerOf(this.pattern);
    this.#specials = specialTokenPattern(Object.keys(this.specialTokens));
  }

  /**
   * The tokenizer of a vocabulary in tiktoken's form, where a token's id is also its rank: `tokens` by id, the
   * merges are found again from them. Throws as the constructor does.
   */
  static fromRanks(
    tokens: readonly Uint8Array[],
    options: Pick<BPEVocabulary, 'specialTokens' | 'pattern'> = {},
  ): BPETokenizer {
    return new BPETokenizer({ ...options, tokens, merges: mergesFromRanks(tokens) });
  }

  /** Time is linear in the text, and O(n log n) in a pre-token of n bytes. */
  encode(text: string, { specialTokens = 'encode' }: EncodeOptions = {}): Int32Array {
    let length = 0;
    for (const segment of segments(text, this.#specials, specialTokens)) {
      if (segment.special) {
        this.#reserve(length, 1);
        this.#out[length++] = this.specialTokens[segment.text] as number;
        continue;
      }
      for (let start = 0; start < segment.text.length; ) {
        const end = chunkEnd(segment.text, start, this.pattern);
        length = this.#encodeChunk(this.#chunks.read(segment.text, start, end), length);
        start = end;
      }
    }
    const ids = this.#out.slice(0, length);
    if (this.#out.length > KEPT) this.#out = new Int32Array(1 << 10);
    return ids;
  }

  decode(ids: ArrayLike<number>): string {
    const { arena, starts } = this.#vocabulary;
    let length = 0;
    for (let i = 0; i < ids.length; i++) length += this.#byteLength(ids[i] as number);
    const bytes = new Uint8Array(length);
    let at = 0;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] as number;
      const end = starts[id + 1] as number;
      for (let from = starts[id] as number; from < end; from++) bytes[at++] = arena[from] as number;
    }
    return utf8Decoder().decode(bytes);
  }

  /** A copy of the bytes of a token, also of one that is only a part of a character. Throws `tokenizer/unknown-id`. */
  bytesOf(id: number): Uint8Array {
    this.#byteLength(id);
    const { arena, starts } = this.#vocabulary;
    return arena.slice(starts[id], starts[id + 1]);
  }

  decodeStream(): DecodeStream {
    const decoder = utf8Decoder();
    const { arena, starts } = this.#vocabulary;
    return {
      push: (id) => {
        this.#byteLength(id);
        return decoder.decode(arena.subarray(starts[id], starts[id + 1]), { stream: true });
      },
      flush: () => decoder.decode(),
    };
  }

  toJSON(): BPETokenizerJSON {
    const { tokens, merges } = this.#vocabulary;
    const printable = tokens.map((bytes) => (bytes === undefined ? null : toPrintable(bytes)));
    return {
      type: 'bpe',
      pattern: this.pattern,
      tokens: printable,
      merges: merges.map(([left, right]) => `${printable[left]} ${printable[right]}`),
      specialTokens: this.specialTokens,
    };
  }

  /** Appends the ids of the chunk's first `end` bytes to `#out` at `length`, and gives the new length. */
  #encodeChunk(end: number, length: number): number {
    this.#reserve(length, end);
    const { bytes } = this.#chunks;
    const out = this.#out;
    const scan = this.#scan;
    const cache = this.#cache;
    for (let start = 0; start < end; ) {
      const stop = scan(bytes, start, end);
      const known = cache.read(bytes, start, stop, out, length);
      length = known < 0 ? this.#encodePiece(bytes, start, stop, length) : known;
      start = stop;
    }
    return length;
  }

  #encodePiece(bytes: Uint8Array, start: number, end: number, length: number): number {
    const { byteIds, table } = this.#vocabulary;
    const out = this.#out;
    for (let i = start; i < end; i++) out[length + i - start] = byteIds[bytes[i] as number] as number;
    const stop = length + mergePairs(out.subarray(length), end - start, table);
    this.#cache.add(bytes, start, end, out, length, stop);
    return stop;
  }

  /** Makes room in `#out` for `more` ids after the first `length`. */
  #reserve(length: number, more: number): void {
    if (length + more <= this.#out.length) return;
    this.#out = grown(this.#out, Math.max(length + more, this.#out.length * 2));
  }

  #byteLength(id: number): number {
    const { starts, size } = this.#vocabulary;
    const length = id >= 0 && id < size ? (starts[id + 1] as number) - (starts[id] as number) : 0;
    if (length > 0) return length;
    throw unknownId(id, size);
  }
}

/** Bytes that are no character become U+FFFD; a byte order mark is text like any other. */
function utf8Decoder(): InstanceType<typeof TextDecoder> {
  return new TextDecoder('utf-8', { ignoreBOM: true });
}
