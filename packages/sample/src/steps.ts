/** The steps of which a sampler is made: each narrows or changes the candidates, none draws. */
import type { Candidates } from './candidates';
import { checkCount, invalidOption } from './options';

/** Changes `candidates` in place; `history` is the text so far, prompt and all, as ids. */
export type Step = (candidates: Candidates, history: ArrayLike<number>) => void;

/** What `penalties` takes; a penalty that is left out does nothing. */
export interface PenaltyOptions {
  /** Positive logits are divided by it, others multiplied: above 1 against repetition (Keskar et al. 2019). */
  readonly repetitionPenalty?: number;
  /** Taken from a logit for every time its token stands in the text (OpenAI's API). */
  readonly frequencyPenalty?: number;
  /** Taken from a logit once if its token stands in the text at all (OpenAI's API). */
  readonly presencePenalty?: number;
  /** How many tokens at the end of the text count. Default 64, as in llama.cpp. */
  readonly penaltyLastN?: number;
}

/**
 * Makes the tokens of the text so far less likely, or with penalties of the other sign more. A token that stands there
 * c > 0 times: `logit ← (logit > 0 ? logit / repetition : logit · repetition) − c · frequency − presence`, as llama.cpp
 * does. Throws `sample/invalid-option`.
 */
export function penalties(options: PenaltyOptions): Step {
  const {
    repetitionPenalty: repetition = 1,
    frequencyPenalty: frequency = 0,
    presencePenalty: presence = 0,
    penaltyLastN: lastN = 64,
  } = options;
  if (!(Number.isFinite(repetition) && repetition > 0))
    throw invalidOption('repetitionPenalty', 'a number above 0', repetition);
  if (!Number.isFinite(frequency)) throw invalidOption('frequencyPenalty', 'a number', frequency);
  if (!Number.isFinite(presence)) throw invalidOption('presencePenalty', 'a number', presence);
  checkCount('penaltyLastN', lastN);
  return (candidates, history) => {
    const { logits } = candidates;
    const counts = new Map<number, number>();
    for (let i = Math.max(0, history.length - lastN); i < history.length; i++) {
      const id = history[i] as number;
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    for (const [id, count] of counts) {
      const i = candidates.indexOf(id);
      if (i < 0) continue;
      const logit = logits[i] as number;
      logits[i] = (logit > 0 ? logit / repetition : logit * repetition) - count * frequency - presence;
    }
  };
}

/** Adds to the logits of some ids; −∞ bans. Throws `sample/invalid-option` at NaN, +∞ or, when it runs, an id ≥ V. */
export function logitBias(biases: Readonly<Record<number, number>>): Step {
  const entries = Object.entries(biases).map(([id, bias]) => [Number(id), bias] as const);
  for (const [id, bias] of entries) {
    if (!(Number.isSafeInteger(id) && id >= 0)) throw invalidOption('A key of logitBias', 'a token id', id);
    if (!(bias < Infinity)) throw invalidOption(`logitBias of ${id}`, 'a number or −∞', bias);
  }
  return (candidates) => {
    const { ids, logits } = candidates;
    for (const [id, bias] of entries) {
      if (id >= ids.length) throw invalidOption('A key of logitBias', `below ${ids.length}`, id);
      const i = candidates.indexOf(id);
      if (i >= 0) logits[i] = (logits[i] as number) + bias;
    }
  };
}

/** Keeps the `k` highest logits, the lower ids among equals (Fan et al. 2018). Throws `sample/invalid-option`. */
export function topK(k: number): Step {
  checkCount('topK', k);
  return (candidates) => candidates.keepHighest(k);
}

/**
 * Locally typical sampling (Meister et al. 2022, arXiv:2202.00666): keeps the ids whose surprise −ln p is nearest to
 * its mean, the entropy, until their probabilities add up to `p`. Throws `sample/invalid-option`.
 */
export function typicalP(p: number): Step {
  checkProbability('typicalP', p);
  return (candidates) => {
    if (p === 1) return;
    const { logits, weights, size } = candidates;
    const sum = candidates.weigh();
    let mean = 0; // logit: a surprise is as far from the entropy as its logit is from this
    for (let i = 0; i < size; i++) {
      if (weights[i] !== 0) mean += ((weights[i] as number) / sum) * (logits[i] as number);
    }
    candidates.keepNearest(mean, p * sum);
  };
}

/**
 * Nucleus sampling (Holtzman et al. 2019, arXiv:1904.09751): keeps the likeliest ids whose probabilities add up to `p`.
 * Throws `sample/invalid-option`.
 */
export function topP(p: number): Step {
  checkProbability('topP', p);
  return (candidates) => {
    if (p === 1) return;
    const { size } = candidates;
    const highest = candidates.highest();
    const sum = candidates.weigh(highest);
    // Ids this unlikely are not needed to reach p, were all of them like that: a quick way to be rid of most.
    candidates.keepFrom(highest + Math.log(((1 - p) * sum) / size) - 1e-6);
    candidates.weigh(highest);
    candidates.keepNearest(highest, p * sum);
  };
}

/**
 * Keeps the ids whose probability is at least `p` times the highest one (Nguyen et al. 2024, arXiv:2407.01082).
 * Throws `sample/invalid-option`.
 */
export function minP(p: number): Step {
  if (!(p >= 0 && p <= 1)) throw invalidOption('minP', 'a number from 0 to 1', p);
  return (candidates) => candidates.keepFrom(candidates.highest() + Math.log(p));
}

/** Divides the logits by `t`: below 1 bolder, above 1 wilder; 0 keeps the likeliest alone. Throws `sample/invalid-option`. */
export function temperature(t: number): Step {
  if (!(Number.isFinite(t) && t >= 0)) throw invalidOption('temperature', 'a number from 0 up', t);
  return (candidates) => {
    const { logits, size } = candidates;
    if (t === 0) {
      candidates.keepFrom(candidates.highest());
      candidates.size = 1; // the lowest id among equals
    } else {
      for (let i = 0; i < size; i++) logits[i] = (logits[i] as number) / t;
    }
  };
}

function checkProbability(option: string, p: number): void {
  if (!(p > 0 && p <= 1)) throw invalidOption(option, 'a number above 0, at most 1', p);
}
