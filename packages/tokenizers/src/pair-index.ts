/**
 * Every adjacent pair of tokens in the corpus: how often it stands, and where. Positions of a pair form a chain
 * in ascending order; a merge leaves stale ones behind, which whoever walks the chain skips.
 */
import { grown } from './grown';
import { MergeTable } from './merge-table';

const NONE = -1;

export class PairIndex {
  /** Occurrences of each pair, by pair number. */
  counts: Float64Array = new Float64Array(1 << 12);
  /** The two tokens of each pair. */
  lefts: Int32Array = new Int32Array(1 << 12);
  rights: Int32Array = new Int32Array(1 << 12);
  size = 0;
  readonly #numbers = new MergeTable(1 << 12);
  #heads = new Int32Array(1 << 12);
  #tails = new Int32Array(1 << 12);
  /** Links of all chains: a position in the corpus, and the next link. */
  #positions = new Int32Array(1 << 14);
  #next = new Int32Array(1 << 14);
  #links = 0;

  /** The number of a pair; -1 when it never stood. */
  find(left: number, right: number): number {
    return this.#numbers.rank(this.#numbers.find(left, right));
  }

  /** Adds `count` occurrences of the pair, those of the word at `position`, and gives the number of the pair. */
  add(left: number, right: number, count: number, position: number): number {
    let pair = this.find(left, right);
    if (pair === NONE) pair = this.#create(left, right);
    this.counts[pair] = (this.counts[pair] as number) + count;
    if (this.#links === this.#positions.length) {
      this.#positions = grown(this.#positions, this.#links * 2);
      this.#next = grown(this.#next, this.#links * 2);
    }
    const link = this.#links++;
    this.#positions[link] = position;
    this.#next[link] = NONE;
    if (this.#heads[pair] === NONE) this.#heads[pair] = link;
    else this.#next[this.#tails[pair] as number] = link;
    this.#tails[pair] = link;
    return pair;
  }

  /** Takes `count` occurrences of the pair away; its stale position stays in the chain. */
  remove(left: number, right: number, count: number): void {
    const pair = this.find(left, right);
    this.counts[pair] = (this.counts[pair] as number) - count;
  }

  /** The first link of a pair's chain, -1 for none. */
  firstLink(pair: number): number {
    return this.#heads[pair] as number;
  }

  nextLink(link: number): number {
    return this.#next[link] as number;
  }

  position(link: number): number {
    return this.#positions[link] as number;
  }

  #create(left: number, right: number): number {
    const pair = this.size++;
    if (pair === this.lefts.length) {
      this.lefts = grown(this.lefts, pair * 2);
      this.rights = grown(this.rights, pair * 2);
      this.#heads = grown(this.#heads, pair * 2);
      this.#tails = grown(this.#tails, pair * 2);
      this.counts = grown(this.counts, pair * 2);
    }
    this.#numbers.add(left, right, pair, pair);
    this.lefts[pair] = left;
    this.rights[pair] = right;
    this.#heads[pair] = NONE;
    return pair;
  }
}
