import { ByteStrings } from './byte-strings';
import { grown } from './grown';

/** Pieces kept before all are forgotten: about 10 MB at most. English text has fewer distinct words in a GB. */
const MAX_PIECES = 1 << 16;
/** Bytes of the longest piece kept: longer ones are seldom met twice. */
const MAX_LENGTH = 128;

/** Remembers the token ids of pre-tokens, as natural text repeats its words. Bounded: when full, it starts anew. */
export class PieceCache {
  readonly #pieces = new ByteStrings(1 << 10);
  /** Ids of all pieces, one after another; piece i has `ids[starts[i] .. starts[i + 1]]`. */
  #ids = new Int32Array(1 << 11);
  #starts = new Int32Array(1 << 11);

  /** Writes the ids of piece `bytes[start .. end]` to `out` from `at` on, and gives where they end; -1 if unknown. */
  read(bytes: Uint8Array, start: number, end: number, out: Int32Array, at: number): number {
    const piece = this.#pieces.find(bytes, start, end);
    if (piece < 0) return -1;
    const ids = this.#ids;
    const to = this.#starts[piece + 1] as number;
    for (let from = this.#starts[piece] as number; from < to; from++) out[at++] = ids[from] as number;
    return at;
  }

  /** Keeps `ids[from .. to]` as the ids of the piece, unless it is too long. */
  add(bytes: Uint8Array, start: number, end: number, ids: Int32Array, from: number, to: number): void {
    if (end - start > MAX_LENGTH) return;
    if (this.#pieces.size === MAX_PIECES) this.#pieces.clear();
    const piece = this.#pieces.add(bytes, start, end);
    if (piece + 2 > this.#starts.length) this.#starts = grown(this.#starts, this.#starts.length * 2);
    const at = this.#starts[piece] as number;
    while (at + to - from > this.#ids.length) this.#ids = grown(this.#ids, this.#ids.length * 2);
    this.#ids.set(ids.subarray(from, to), at);
    this.#starts[piece + 1] = at + to - from;
  }
}
