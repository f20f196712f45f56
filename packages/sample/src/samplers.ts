import { type Random, TinyllmError } from '@tinyllm/common';
import { Candidates } from './candidates';
import {
  logitBias,
  minP,
  type PenaltyOptions,
  penalties,
  type Step,
  temperature,
  topK,
  topP,
  typicalP,
} from './steps';

/**
 * Chooses a token id from one row of logits [V], which stays as it is. What it gives depends on its arguments alone:
 * every draw comes from `random`, and what the penalties look at is `history`, the text so far as ids. Throws
 * `sample/not-a-number` and `sample/nothing-left`.
 */
export type Sampler = (logits: Float32Array, random: Random, history?: ArrayLike<number>) => number;

/** The settings of `sampler`. A step whose setting is left out is left out. */
export interface SamplerOptions extends PenaltyOptions {
  /** Added to the logits of ids. */
  readonly logitBias?: Readonly<Record<number, number>>;
  /** Ids that are never drawn. */
  readonly bannedTokens?: readonly number[];
  /** Draw from the k likeliest ids. */
  readonly topK?: number;
  /** Draw from the ids of typical surprise, of this probability in all. */
  readonly typicalP?: number;
  /** Draw from the likeliest ids of this probability in all. */
  readonly topP?: number;
  /** Draw from the ids that are at least this many times as likely as the likeliest. */
  readonly minP?: number;
  /** Default 1; 0 is greedy. */
  readonly temperature?: number;
}

const known: Readonly<Record<keyof SamplerOptions, true>> = {
  logitBias: true,
  bannedTokens: true,
  repetitionPenalty: true,
  frequencyPenalty: true,
  presencePenalty: true,
  penaltyLastN: true,
  topK: true,
  typicalP: true,
  topP: true,
  minP: true,
  temperature: true,
};

/** The name of every option of `sampler`, to pick them from settings that have others too. */
export const samplerOptionNames = Object.keys(known) as readonly (keyof SamplerOptions)[];

/**
 * A sampler of the usual steps, in llama.cpp's order: logit bias and bans, penalties, top-k, typical, top-p, min-p,
 * temperature, a draw. Throws `sample/invalid-option` and, where it does not know an option, `sample/unknown-option`.
 */
export function sampler(options: SamplerOptions = {}): Sampler {
  return chain(...samplerSteps(options));
}

/** The steps of `sampler(options)`, for `chain` and `distribution`. Throws as `sampler` does. */
export function samplerSteps(options: SamplerOptions): Step[] {
  const unknown = Object.keys(options).find((option) => !Object.hasOwn(known, option));
  if (unknown !== undefined) {
    throw new TinyllmError(
      'sample/unknown-option',
      `There is no option of samplers "${unknown}". The options are ${samplerOptionNames.join(', ')}.`,
    );
  }
  const { bannedTokens = [], repetitionPenalty, frequencyPenalty, presencePenalty } = options;
  const biases = { ...options.logitBias };
  for (const id of bannedTokens) biases[id] = -Infinity;
  const steps: Step[] = [];
  if (Object.keys(biases).length > 0) steps.push(logitBias(biases));
  if ((repetitionPenalty ?? frequencyPenalty ?? presencePenalty) !== undefined)
    steps.push(penalties(options));
  if (options.topK !== undefined) steps.push(topK(options.topK));
  if (options.typicalP !== undefined) steps.push(typicalP(options.typicalP));
  if (options.topP !== undefined) steps.push(topP(options.topP));
  if (options.minP !== undefined) steps.push(minP(options.minP));
  if (options.temperature !== undefined) steps.push(temperature(options.temperature));
  return steps;
}

/** A sampler of any steps in any order, and then a draw with the probabilities of the softmax, from one uniform number. */
export function chain(...steps: Step[]): Sampler {
  const run = runner(steps);
  return (logits, random, history = []) => draw(run(logits, history), random);
}

/** The probabilities [V] with which `chain(...steps)` draws each id. Throws as a sampler does. */
export function distribution(
  logits: Float32Array,
  steps: readonly Step[],
  history: ArrayLike<number> = [],
): Float64Array {
  const candidates = runner(steps)(logits, history);
  const sum = candidates.weigh();
  const probabilities = new Float64Array(logits.length);
  for (let i = 0; i < candidates.size; i++)
    probabilities[candidates.ids[i] as number] = (candidates.weights[i] as number) / sum;
  return probabilities;
}

/** The id of the highest logit, the lowest id among equals: `sampler({ temperature: 0 })`. */
export const greedy: Sampler = chain(temperature(0));

/** Runs `steps` on one row after another, with memory of its own that it keeps. */
function runner(steps: readonly Step[]): (logits: Float32Array, history: ArrayLike<number>) => Candidates {
  let candidates = new Candidates(0);
  return (logits, history) => {
    if (candidates.logits.length !== logits.length) candidates = new Candidates(logits.length);
    candidates.load(logits);
    for (const step of steps) step(candidates, history);
    return candidates;
  };
}

function draw(candidates: Candidates, random: Random): number {
  const { ids, weights } = candidates;
  let rest = random.uniform() * candidates.weigh();
  let last = 0;
  for (let i = 0; i < candidates.size; i++) {
    if (weights[i] === 0) continue;
    last = ids[i] as number;
    rest -= weights[i] as number;
    if (rest < 0) break;
  }
  return last; // rounding may leave a little: it falls to the last possible id
}
