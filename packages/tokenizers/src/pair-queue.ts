import type { PairIndex } from './pair-index';

/**
 * Pairs by count, the greatest first, of equals the one with the greater bytes. Counts of waiting pairs only
 * fall, so an outdated one is found when it is popped, and goes back with its count of the day.
 */
export class PairQueue {
  readonly #pairs: PairIndex;
  readonly #texts: readonly string[];
  /** A binary heap: pair numbers, and the count each had when it was pushed. */
  readonly #heap: number[] = [];
  readonly #counts: number[] = [];

  /** `texts` are the tokens' bytes, one character to a byte, so that strings compare as bytes do. */
  constructor(pairs: PairIndex, texts: readonly string[]) {
    this.#pairs = pairs;
    this.#texts = texts;
  }

  /** Adds a pair with its count, if it stands anywhere. */
  push(pair: number): void {
    const count = this.#pairs.counts[pair] as number;
    if (count > 0) this.#siftUp(this.#heap.length, pair, count);
  }

  /** Takes the first pair out; -1 when none is left. */
  pop(): number {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined) return -1;
      const current = this.#pairs.counts[first] as number;
      const outdated = current !== this.#counts[0];
      if (outdated && current > 0) {
        this.#siftDown(first, current);
        continue;
      }
      const last = this.#heap.pop() as number;
      const count = this.#counts.pop() as number;
      if (this.#heap.length > 0) this.#siftDown(last, count);
      if (!outdated) return first;
    }
  }

  #siftUp(at: number, pair: number, count: number): void {
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(pair, count, this.#heap[parent] as number, this.#counts[parent] as number)) break;
      this.#set(at, this.#heap[parent] as number, this.#counts[parent] as number);
      at = parent;
    }
    this.#set(at, pair, count);
  }

  /** Puts a pair in the place of the first, and down to where it belongs. */
  #siftDown(pair: number, count: number): void {
    const heap = this.#heap;
    const counts = this.#counts;
    let at = 0;
    for (let child = 1; child < heap.length; child = at * 2 + 1) {
      const other = child + 1;
      if (
        other < heap.length &&
        this.#before(
          heap[other] as number,
          counts[other] as number,
          heap[child] as number,
          counts[child] as number,
        )
      ) {
        child = other;
      }
      if (!this.#before(heap[child] as number, counts[child] as number, pair, count)) break;
      this.#set(at, heap[child] as number, counts[child] as number);
      at = child;
    }
    this.#set(at, pair, count);
  }

  #set(at: number, pair: number, count: number): void {
    this.#heap[at] = pair;
    this.#counts[at] = count;
  }

  #before(pair: number, count: number, other: number, otherCount: number): boolean {
    if (count !== otherCount) return count > otherCount;
    const { lefts, rights } = this.#pairs;
    const left = this.#texts[lefts[pair] as number] as string;
    const otherLeft = this.#texts[lefts[other] as number] as string;
    if (left !== otherLeft) return left > otherLeft;
    return (this.#texts[rights[pair] as number] as string) > (this.#texts[rights[other] as number] as string);
  }
}
