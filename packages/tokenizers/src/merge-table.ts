/** Ranks of token pairs: an open-addressing hash table in one typed array, four numbers to a slot. */
const LEFT = 0;
const RIGHT = 1;
const RANK = 2;
const MERGED = 3;
const STRIDE = 4;
const EMPTY = -1;

/** Which pairs of tokens merge, into what, and which first (the lowest rank). */
export class MergeTable {
  #slots: Int32Array;
  #mask: number;
  #size = 0;

  /** A table with room for `capacity` pairs; it grows when there are more. */
  constructor(capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(capacity * 2 + 16));
    this.#slots = new Int32Array(slots * STRIDE).fill(EMPTY);
    this.#mask = slots - 1;
  }

  /** Adds a pair, unless it is there: the first rank of a pair stands. */
  add(left: number, right: number, rank: number, merged: number): void {
    const at = this.find(left, right);
    if (this.#slots[at + LEFT] !== EMPTY) return;
    this.#slots.set([left, right, rank, merged], at);
    this.#size++;
    if (this.#size * 2 > this.#mask) this.#grow();
  }

  /** Where the pair is, or the empty place where it would be. */
  find(left: number, right: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    const mixed = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    let at = ((mixed ^ (mixed >>> 15)) & mask) * STRIDE;
    while (slots[at] !== EMPTY && (slots[at] !== left || slots[at + RIGHT] !== right)) {
      at = (at + STRIDE) & (mask * STRIDE + STRIDE - 1);
    }
    return at;
  }

  /** The rank of what `find` found; -1 when the pair does not merge. */
  rank(place: number): number {
    return this.#slots[place + RANK] as number;
  }

  /** The token that the pair at `place` becomes. */
  merged(place: number): number {
    return this.#slots[place + MERGED] as number;
  }

  #grow(): void {
    const old = this.#slots;
    this.#mask = this.#mask * 2 + 1;
    this.#slots = new Int32Array(old.length * 2).fill(EMPTY);
    for (let at = 0; at < old.length; at += STRIDE) {
      if (old[at] === EMPTY) continue;
      this.#slots.set(old.subarray(at, at + STRIDE), this.find(old[at] as number, old[at + RIGHT] as number));
    }
  }
}
