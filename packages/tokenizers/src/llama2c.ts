/** The tokenizers of llama2.c (karpathy/llama2.c, `tokenizer.bin`): SentencePiece BPE, scores instead of ranks. */
import { TinyllmError } from '@tinyllm/common';
import { toPrintable } from './byte-alphabet';
import { mergePairs } from './merge';
import { MergeTable } from './merge-table';
import { segments, specialTokenPattern } from './special-tokens';
import type { DecodeStream, EncodeOptions, Tokenizer, TokenizerJSON } from './tokenizer';
import { characterLength } from './unicode';
import { unknownId } from './unknown-id';

export interface Llama2cTokenizerJSON extends TokenizerJSON {
  readonly type: 'llama2c';
  /** The bytes of each piece by id, in GPT-2's printable alphabet. */
  readonly pieces: readonly string[];
  readonly scores: readonly number[];
}

/** A piece of text, and how eagerly pairs merge into it: the highest score first. */
export interface ScoredPiece {
  readonly piece: Uint8Array;
  readonly score: number;
}

const BOS = 1;
/** Ids 3 to 258 are the bytes, for characters that are no piece. */
const FIRST_BYTE = 3;
const BYTES = 256;
const BLANK = 0x20;
/** Bytes of the longest piece: SentencePiece makes none above 16 characters, and the cuts of a piece are all tried. */
const LONGEST = 128;
const SPECIAL_TOKENS = { '<unk>': 0, '<s>': BOS, '</s>': 2 };

/**
 * Encodes as llama2.c's `run.c` does: a blank before the text, characters as pieces or as bytes, then merges by
 * score. `run.c` begins a text with `<s>`; here write it: `encode('<s>Once')`. Decoding takes the blank away
 * again at the start and after a special token, so a stream that continues a text is fed the ids of that text first.
 */
export class Llama2cTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly specialTokens: Readonly<Record<string, number>> = SPECIAL_TOKENS;
  readonly #pieces: readonly ScoredPiece[];
  readonly #ids: ReadonlyMap<string, number>;
  readonly #table: MergeTable;
  readonly #specials: RegExp | undefined = specialTokenPattern(Object.keys(SPECIAL_TOKENS));

  /** `pieces` by id. Throws `tokenizer/invalid-vocabulary` without the special tokens and bytes of llama2.c. */
  constructor(pieces: readonly ScoredPiece[]) {
    this.vocabSize = pieces.length;
    this.#pieces = pieces;
    const long = pieces.findIndex(({ piece }) => piece.length > LONGEST);
    if (long >= 0) {
      throw new TinyllmError(
        'tokenizer/invalid-vocabulary',
        `A piece of a llama2.c vocabulary has at most ${LONGEST} bytes, but piece ${long} has ` +
          `${pieces[long]?.piece.length}. Check that the file is a tokenizer.bin.`,
      );
    }
    const texts = pieces.map(({ piece }) => binary(piece));
    this.#ids = new Map(texts.map((text, id): [string, number] => [text, id]).reverse()); // of twins, the first
    if (texts[FIRST_BYTE] !== '<0x00>' || texts[FIRST_BYTE + BYTES - 1] !== '<0xFF>' || !this.#ids.has(' ')) {
      throw new TinyllmError(
        'tokenizer/invalid-vocabulary',
        `A llama2.c vocabulary has the bytes <0x00> to <0xFF> as ids ${FIRST_BYTE} to ${FIRST_BYTE + BYTES - 1} and ` +
          `a blank, but this one, of ${pieces.length} pieces, has not. Check that the file is a tokenizer.bin.`,
      );
    }
    this.#table = mergesFromScores(pieces, this.#ids);
  }

  /**
   * Reads a `tokenizer.bin`: the longest piece's length, then a float32 score, an int32 length and the bytes of
   * each piece, little-endian. Throws `tokenizer/invalid-file` where it ends in the middle of a piece.
   */
  static fromBinary(file: Uint8Array): Llama2cTokenizer {
    const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    const pieces: ScoredPiece[] = [];
    for (let at = 4; at < file.length; ) {
      const length = at + 8 <= file.length ? view.getInt32(at + 4, true) : -1;
      const end = at + 8 + length;
      if (length < 0 || end > file.length) {
        throw new TinyllmError(
          'tokenizer/invalid-file',
          `Expected piece ${pieces.length} of a llama2.c tokenizer.bin at byte ${at}, but the file of ` +
            `${file.length} bytes ends in it. Fetch the file again.`,
        );
      }
      pieces.push({ score: view.getFloat32(at, true), piece: file.slice(at + 8, end) });
      at = end;
    }
    return new Llama2cTokenizer(pieces);
  }

  /** The bytes of a `tokenizer.bin`, as `fromBinary` reads it. */
  toBinary(): Uint8Array<ArrayBuffer> {
    const lengths = this.#pieces.map(({ piece }) => piece.length);
    const file = new Uint8Array(lengths.reduce((size, length) => size + 8 + length, 4));
    const view = new DataView(file.buffer);
    view.setInt32(0, Math.max(...lengths), true);
    let at = 4;
    for (const { piece, score } of this.#pieces) {
      view.setFloat32(at, score, true);
      view.setInt32(at + 4, piece.length, true);
      file.set(piece, at + 8);
      at += 8 + piece.length;
    }
    return file;
  }

  encode(text: string, { specialTokens = 'encode' }: EncodeOptions = {}): Int32Array {
    const parts: Int32Array[] = [];
    for (const segment of segments(text, this.#specials, specialTokens)) {
      if (segment.special) parts.push(Int32Array.of(this.specialTokens[segment.text] as number));
      else parts.push(this.#encodeText(` ${segment.text}`));
    }
    const ids = new Int32Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
      ids.set(part, at);
      at += part.length;
    }
    return ids;
  }

  decode(ids: ArrayLike<number>): string {
    const stream = this.decodeStream();
    return Array.from(ids, (id) => stream.push(id)).join('') + stream.flush();
  }

  decodeStream(): DecodeStream {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    let previous = BOS;
    return {
      push: (id) => {
        const bytes = this.#bytes(id);
        const blank = previous < SPECIAL_NAMES.length && bytes[0] === BLANK;
        previous = id;
        return decoder.decode(blank ? bytes.subarray(1) : bytes, { stream: true });
      },
      flush: () => decoder.decode(),
    };
  }

  toJSON(): Llama2cTokenizerJSON {
    return {
      type: 'llama2c',
      pieces: this.#pieces.map(({ piece }) => toPrintable(piece)),
      scores: this.#pieces.map(({ score }) => score),
    };
  }

  #encodeText(text: string): Int32Array {
    const bytes = new TextEncoder().encode(text);
    const ids = new Int32Array(bytes.length);
    let length = 0;
    for (let at = 0; at < bytes.length; ) {
      const end = at + characterLength(bytes[at] as number);
      const id = this.#ids.get(binary(bytes.subarray(at, end)));
      if (id !== undefined) ids[length++] = id;
      else for (let i = at; i < end; i++) ids[length++] = FIRST_BYTE + (bytes[i] as number);
      at = end;
    }
    return ids.subarray(0, mergePairs(ids, length, this.#table));
  }

  #bytes(id: number): Uint8Array {
    const special = SPECIAL_NAMES[id];
    if (special !== undefined) return new TextEncoder().encode(special);
    if (id >= FIRST_BYTE && id < FIRST_BYTE + BYTES) return Uint8Array.of(id - FIRST_BYTE);
    const piece = this.#pieces[id]?.piece;
    if (piece !== undefined) return piece;
    throw unknownId(id, this.vocabSize);
  }
}

const SPECIAL_NAMES = /* @__PURE__ */ Object.keys(SPECIAL_TOKENS); // in the order of their ids

/** Bytes as a string, one character to a byte. */
function binary(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** Every pair of pieces whose joint text is a piece merges into it; equal scores have equal ranks. */
function mergesFromScores(pieces: readonly ScoredPiece[], ids: ReadonlyMap<string, number>): MergeTable {
  const scores = [...new Set(pieces.map(({ score }) => score))].sort((a, b) => b - a);
  const rankOf = new Map(scores.map((score, rank) => [score, rank]));
  const table = new MergeTable(pieces.length);
  for (const [text, id] of ids) {
    const rank = rankOf.get(pieces[id]?.score ?? 0) ?? 0;
    for (let cut = 1; cut < text.length; cut++) {
      const left = ids.get(text.slice(0, cut));
      const right = ids.get(text.slice(cut));
      if (left !== undefined && right !== undefined) table.add(left, right, rank, id);
    }
  }
  return table;
}
