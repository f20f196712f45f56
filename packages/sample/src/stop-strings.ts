/**
 * Finds stop strings in a text that comes in pieces, and never lets go of a piece that a stop string may begin in.
 * The pieces keep their own texts: the one in which a stop string begins is cut there, and is the last.
 */
export class StopStrings<Piece extends { readonly text: string }> {
  readonly #stops: readonly string[];
  #held: Piece[] = [];

  /** `stops` are not empty. */
  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** Takes a piece, and gives those that are safe now: all up to a stop string where there is one, which ends the text. */
  push(piece: Piece): { readonly pieces: Piece[]; readonly stopped: boolean } {
    this.#held.push(piece);
    const text = this.#held.map((held) => held.text).join('');
    const found = this.#stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
    if (found.length > 0) return { pieces: this.#cut(Math.min(...found)), stopped: true };
    return { pieces: this.#release(text.length - this.#begun(text)), stopped: false };
  }

  /** What is held, when no more text comes. */
  flush(): Piece[] {
    const pieces = this.#held;
    this.#held = [];
    return pieces;
  }

  /** How long the longest end of `text` is with which a stop string begins. */
  #begun(text: string): number {
    const longest = Math.max(0, ...this.#stops.map((stop) => stop.length - 1));
    for (let length = Math.min(longest, text.length); length > 0; length--) {
      const end = text.slice(text.length - length);
      if (this.#stops.some((stop) => stop.startsWith(end))) return length;
    }
    return 0;
  }

  /** The pieces that end within the first `length` characters. */
  #release(length: number): Piece[] {
    let count = 0;
    for (let end = 0; count < this.#held.length; count++) {
      end += (this.#held[count] as Piece).text.length;
      if (end > length) break;
    }
    return this.#held.splice(0, count);
  }

  /** The pieces up to the character `at`, the last of which is cut there. */
  #cut(at: number): Piece[] {
    const pieces = this.#release(at);
    const [last] = this.#held;
    const start = pieces.reduce((length, piece) => length + piece.text.length, 0);
    this.#held = [];
    return last === undefined ? pieces : [...pieces, { ...last, text: last.text.slice(0, at - start) }];
  }
}
