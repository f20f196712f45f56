import { type Random, TinyllmError } from '@tinyllm/common';

/** One step of sampling: logits [V] to logits [V]. Pure: the argument stays as it is. */
export type LogitsProcessor = (logits: Float32Array) => Float32Array;

/** Chooses a token id from one row of logits [V]; every draw comes from `random`. */
export type Sampler = (logits: Float32Array, random: Random) => number;

/** The id of the highest logit, the lowest id among equals. */
export function greedy(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) {
    if ((logits[id] as number) > (logits[best] as number)) best = id;
  }
  return best;
}

/** Logits divided by `t` > 0: below 1 bolder, above 1 wilder. Throws `sample/invalid-option`. */
export function temperature(t: number): LogitsProcessor {
  if (!(Number.isFinite(t) && t > 0))
    throw invalid('temperature', 'a number above 0 (greedy() takes the likeliest)', t);
  return (logits) => logits.map((logit) => logit / t);
}

/** Keeps the `k` highest logits, and those equal to the last of them; the others become −∞ (Fan et al. 2018). */
export function topK(k: number): LogitsProcessor {
  if (!(Number.isSafeInteger(k) && k > 0)) throw invalid('topK', 'a positive integer', k);
  return (logits) => {
    if (k >= logits.length) return logits;
    const least = logits.toSorted().at(-k) as number;
    return logits.map((logit) => (logit >= least ? logit : -Infinity));
  };
}

/** Draws an id with probability softmax(logits), from one uniform number. */
export function categorical(logits: Float32Array, random: Random): number {
  const highest = logits[greedy(logits)] as number;
  const weights = Float64Array.from(logits, (logit) => Math.exp(logit - highest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let rest = random.uniform() * total;
  let last = 0;
  for (const [id, weight] of weights.entries()) {
    if (weight === 0) continue;
    last = id;
    rest -= weight;
    if (rest < 0) break;
  }
  return last; // rounding may leave a little: it falls to the last possible id
}

export interface SamplerOptions {
  /** Default 1; 0 is greedy. */
  readonly temperature?: number;
  /** Default: every id stays. */
  readonly topK?: number;
}

/** A sampler of top-k, then temperature, then a draw: the order of llama.cpp. Throws `sample/invalid-option`. */
export function sampler({ temperature: t = 1, topK: k }: SamplerOptions = {}): Sampler {
  const processors = [...(k === undefined ? [] : [topK(k)]), ...(t === 0 ? [] : [temperature(t)])];
  if (t === 0) return greedy;
  return (logits, random) =>
    categorical(
      processors.reduce((row, process) => process(row), logits),
      random,
    );
}

function invalid(option: string, expected: string, value: number): TinyllmError {
  return new TinyllmError('sample/invalid-option', `${option} must be ${expected}, but is ${value}.`);
}
