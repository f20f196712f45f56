import { TinyllmError } from '@tinyllm/common';
import { expMinus } from './exponential';
import { placesOfHighest } from './highest';

/** `keepNearest` sorts into buckets by distance, this many to a nat; what is RANGE nats away or more shares the last. */
const BUCKETS_PER_NAT = 64;
const RANGE = 64;
const LAST = BUCKETS_PER_NAT * RANGE;

/**
 * The ids that are still in the running for one row of logits, with their logits. The steps of a sampler change it in
 * place: they change `logits`, or keep fewer ids. One object serves row after row, so that a token leaves no garbage.
 */
export class Candidates {
  /** How many ids are left: the first so many entries of each array. */
  size = 0;
  readonly ids: Int32Array;
  readonly logits: Float32Array;
  /** What `weigh` gives the ids. */
  readonly weights: Float64Array;
  readonly #everyId: Int32Array;
  readonly #totals = new Float64Array(LAST + 1);

  constructor(vocabSize: number) {
    this.#everyId = Int32Array.from({ length: vocabSize }, (_, id) => id);
    this.ids = new Int32Array(vocabSize);
    this.logits = new Float32Array(vocabSize);
    this.weights = new Float64Array(vocabSize);
  }

  /** Starts anew with `row` [V], which stays as it is. */
  load(row: Float32Array): void {
    this.ids.set(this.#everyId);
    this.logits.set(row);
    this.size = row.length;
  }

  /** The place of `id` in the arrays, or −1 where it is no longer in the running. */
  indexOf(id: number): number {
    if (this.size === this.ids.length) return id < this.size ? id : -1; // none has gone, so they are in order
    const i = this.ids.indexOf(id);
    return i < this.size ? i : -1;
  }

  /** The highest logit. Throws `sample/not-a-number` at NaN or +∞, and `sample/nothing-left` where all are −∞. */
  highest(): number {
    const { logits, size } = this;
    let highest = -Infinity;
    for (let i = 0; i < size; i++) {
      const logit = logits[i] as number;
      if (logit <= highest) continue;
      if (!(logit < Infinity)) throw notANumber(this.ids[i] as number);
      highest = logit;
    }
    if (highest > -Infinity) return highest;
    throw new TinyllmError(
      'sample/nothing-left',
      'No token can be drawn: every one is banned, or has the logit −∞. Ban fewer.',
    );
  }

  /** Sets `weights` to exp(logit − highest), the softmax before it is divided by the sum, which is returned. */
  weigh(highest: number = this.highest()): number {
    const { logits, weights, size } = this;
    let sum = 0;
    for (let i = 0; i < size; i++) {
      const weight = expMinus(highest - (logits[i] as number));
      weights[i] = weight;
      sum += weight;
    }
    return sum;
  }

  /** Keeps the ids whose logit is at least `least`. */
  keepFrom(least: number): void {
    const { ids, logits, size } = this;
    let kept = 0;
    for (let i = 0; i < size; i++) {
      if ((logits[i] as number) >= least) this.#keep(kept++, ids[i] as number, logits[i] as number);
    }
    this.size = kept;
  }

  /** Keeps the `n` ids of the highest logits, the lower ones among equals; of NaN that alone, for `highest` to refuse. */
  keepHighest(n: number): void {
    if (n >= this.size) return;
    const places = placesOfHighest(this.logits, n, this.size);
    for (const [kept, i] of places.entries())
      this.#keep(kept, this.ids[i] as number, this.logits[i] as number);
    this.size = places.length;
  }

  /**
   * Keeps the fewest ids, the nearest of their logits to `center` first and the lower id among equals, whose `weights`
   * add up to `target`. Linear in the number of ids: only the bucket in which the target is reached is sorted.
   */
  keepNearest(center: number, target: number): void {
    const { ids, logits, weights, size } = this;
    const totals = this.#totals.fill(0);
    for (let i = 0; i < size; i++) {
      const bucket = bucketOf(center - (logits[i] as number));
      totals[bucket] = (totals[bucket] as number) + (weights[i] as number);
    }
    let sum = 0;
    let edge = 0;
    while (edge < LAST && sum + (totals[edge] as number) < target) sum += totals[edge++] as number;

    const atEdge: { id: number; logit: number; weight: number; distance: number }[] = [];
    let kept = 0;
    for (let i = 0; i < size; i++) {
      const logit = logits[i] as number;
      const bucket = bucketOf(center - logit);
      if (bucket > edge) continue;
      const id = ids[i] as number;
      if (bucket < edge) this.#keep(kept++, id, logit);
      else atEdge.push({ id, logit, weight: weights[i] as number, distance: Math.abs(center - logit) });
    }
    atEdge.sort((a, b) => a.distance - b.distance || a.id - b.id);
    for (const { id, logit, weight } of atEdge) {
      if (sum >= target) break;
      sum += weight;
      this.#keep(kept++, id, logit);
    }
    this.size = kept;
  }

  #keep(i: number, id: number, logit: number): void {
    this.ids[i] = id;
    this.logits[i] = logit;
  }
}

function bucketOf(difference: number): number {
  const distance = difference < 0 ? -difference : difference;
  return distance < RANGE ? (distance * BUCKETS_PER_NAT) | 0 : LAST;
}

function notANumber(id: number): TinyllmError {
  return new TinyllmError(
    'sample/not-a-number',
    `The logit of token ${id} is not a finite number, so the model has diverged. Train it again at a lower rate.`,
  );
}
