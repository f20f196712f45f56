import { grown } from './grown';

/** Distinct byte strings, numbered in the order in which they came: an open-addressing hash over one arena. */
export class ByteStrings {
  /** Two numbers to a slot: the hash, and the number of the string plus one (0: empty). */
  #slots: Int32Array;
  #mask: number;
  /** All strings, one after another; string i is `arena[starts[i] .. starts[i + 1]]`. */
  #arena = new Uint8Array(1 << 12);
  #starts = new Int32Array(1 << 8);
  #size = 0;

  /** Room for `capacity` strings; it grows when there are more. */
  constructor(capacity = 128) {
    const slots = 2 ** Math.ceil(Math.log2(capacity * 2));
    this.#slots = new Int32Array(slots * 2);
    this.#mask = slots - 1;
  }

  /** How many strings there are. */
  get size(): number {
    return this.#size;
  }

  /** String `index`, a view that the next `add` may make stale. */
  get(index: number): Uint8Array {
    return this.#arena.subarray(this.#starts[index], this.#starts[index + 1]);
  }

  /** The number of the string `bytes[start .. end]`; -1 when it is not here. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    const hash = hashOf(bytes, start, end);
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const index = (slots[slot * 2 + 1] as number) - 1;
      if (index < 0) return -1;
      if (slots[slot * 2] === hash && this.#equals(index, bytes, start, end)) return index;
    }
  }

  /** Adds a string that is not here (ask `find` first), and gives its number. */
  add(bytes: Uint8Array, start: number, end: number): number {
    const index = this.#size++;
    const from = this.#starts[index] as number;
    const to = from + end - start;
    if (to > this.#arena.length) this.#arena = grown(this.#arena, to * 2);
    if (index + 2 > this.#starts.length) this.#starts = grown(this.#starts, index * 2 + 2);
    this.#arena.set(bytes.subarray(start, end), from);
    this.#starts[index + 1] = to;
    if (this.#size * 2 > this.#mask) this.#rehash();
    else this.#insert(hashOf(bytes, start, end), index);
    return index;
  }

  /** Forgets every string and keeps the room. */
  clear(): void {
    this.#slots.fill(0);
    this.#size = 0;
  }

  #equals(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#starts[index] as number;
    const length = end - start;
    if ((this.#starts[index + 1] as number) - from !== length) return false;
    const arena = this.#arena;
    for (let i = 0; i < length; i++) if (arena[from + i] !== bytes[start + i]) return false;
    return true;
  }

  #insert(hash: number, index: number): void {
    let slot = hash & this.#mask;
    while (this.#slots[slot * 2 + 1] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot * 2] = hash;
    this.#slots[slot * 2 + 1] = index + 1;
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    this.#mask = this.#mask * 2 + 1;
    for (let index = 0; index < this.#size; index++) {
      const from = this.#starts[index] as number;
      this.#insert(hashOf(this.#arena, from, this.#starts[index + 1] as number), index);
    }
  }
}

/** FNV-1a (Fowler, Noll and Vo) with a last shift, so that low bits depend on all bytes. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash ^ (hash >>> 15);
}
