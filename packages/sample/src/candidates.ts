import { TinyllmError } from '@tinyllm/common';
import { expMinus } from './exponential';

/** Candidates are sorted into buckets by key, this many to a nat; keys from RANGE nats on share the last one. */
const BUCKETS_PER_NAT = 64;
const RANGE = 64;
const LAST = BUCKETS_PER_NAT * RANGE;

/**
 * The ids that are still in the running for one row of logits. The steps of a sampler change it in place: they change
 * `logits`, or keep fewer `ids`. One object serves row after row, so that a token leaves no garbage.
 */
export class Candidates {
  /** How many ids are left. */
  size = 0;
  /** The first `size` are the ids that are left, in ascending order. */
  readonly ids: Int32Array;
  /** The logit of every id [V], those that are gone too. */
  readonly logits: Float32Array;
  /** Beside `ids`: what `weigh` gives them, or what a step does before `keepFirst`. */
  readonly weights: Float64Array;
  /** Beside `ids`: in nats, what `keepFirst` goes by. */
  readonly keys: Float64Array;
  readonly #buckets: Uint16Array;
  readonly #totals = new Float64Array(LAST + 1);

  constructor(vocabSize: number) {
    this.ids = new Int32Array(vocabSize);
    this.logits = new Float32Array(vocabSize);
    this.weights = new Float64Array(vocabSize);
    this.keys = new Float64Array(vocabSize);
    this.#buckets = new Uint16Array(vocabSize);
  }

  /** Starts anew with `row` [V], which stays as it is; −∞ is not in the running. Throws `sample/not-a-number`. */
  load(row: Float32Array): void {
    const { ids, logits } = this;
    let size = 0;
    for (let id = 0; id < row.length; id++) {
      const logit = row[id] as number;
      logits[id] = logit;
      if (logit > -Infinity) ids[size++] = id;
      else if (Number.isNaN(logit)) throw notANumber(id);
    }
    this.size = size;
  }

  /** The highest logit. Throws `sample/nothing-left` where no id is left, and `sample/not-a-number` at +∞. */
  highest(): number {
    const { ids, logits, size } = this;
    if (size === 0) {
      throw new TinyllmError(
        'sample/nothing-left',
        'No token can be drawn: every one is banned, or has the logit −∞. Ban fewer.',
      );
    }
    let highest = -Infinity;
    for (let i = 0; i < size; i++) {
      const logit = logits[ids[i] as number] as number;
      if (logit > highest) highest = logit;
    }
    if (highest === Infinity) throw notANumber(logits.indexOf(Infinity));
    return highest;
  }

  /** Sets `weights` to the softmax before it is divided by the sum, which is returned: exp(logit − `highest`). */
  weigh(highest: number = this.highest()): number {
    const { ids, logits, weights, size } = this;
    let sum = 0;
    for (let i = 0; i < size; i++) {
      const weight = expMinus(highest - (logits[ids[i] as number] as number));
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
      const id = ids[i] as number;
      if ((logits[id] as number) >= least) ids[kept++] = id;
    }
    this.size = kept;
  }

  /**
   * Keeps the fewest ids, in the order of `keys` (from 0 up; the lower id among equals), whose `weights` add up to
   * `target`. Linear in the number of ids: only the bucket in which the target is reached is sorted.
   */
  keepFirst(target: number): void {
    const { ids, keys, weights, size } = this;
    const buckets = this.#buckets;
    const totals = this.#totals.fill(0);
    for (let i = 0; i < size; i++) {
      const key = keys[i] as number;
      const bucket = key < RANGE ? (key * BUCKETS_PER_NAT) | 0 : LAST;
      buckets[i] = bucket;
      totals[bucket] = (totals[bucket] as number) + (weights[i] as number);
    }
    let sum = 0;
    let edge = 0;
    while (edge < LAST && sum + (totals[edge] as number) < target) sum += totals[edge++] as number;

    const atEdge: number[] = [];
    for (let i = 0; i < size; i++) if (buckets[i] === edge) atEdge.push(i);
    atEdge.sort((a, b) => (keys[a] as number) - (keys[b] as number) || a - b);
    for (const i of atEdge) {
      if (sum >= target) buckets[i] = edge + 1;
      sum += weights[i] as number;
    }
    let kept = 0;
    for (let i = 0; i < size; i++) {
      if ((buckets[i] as number) <= edge) ids[kept++] = ids[i] as number;
    }
    this.size = kept;
  }
}

function notANumber(id: number): TinyllmError {
  return new TinyllmError(
    'sample/not-a-number',
    `The logit of token ${id} is not a finite number, so the model has diverged. Train it again at a lower rate.`,
  );
}
