import { expMinus } from './exponential';
import { placesOfHighest } from './highest';

/** An id and its probability by the model alone: before penalties, temperature and the rest. */
export interface ScoredToken {
  readonly token: number;
  readonly probability: number;
}

/** How the model thinks of a token that was drawn. */
export interface Scores {
  /** Of the token, by the model alone. */
  readonly probability: number;
  /** 1 for the likeliest token; the lower id goes first among equals. */
  readonly rank: number;
  /** The likeliest tokens, in order. */
  readonly top: readonly ScoredToken[];
}

/** The scores of `token` in a row of `logits` [V], with the `alternatives` likeliest tokens. */
export function score(logits: Float32Array, token: number, alternatives: number): Scores {
  const own = logits[token] as number;
  const byLogit = (a: number, b: number): number => (logits[b] as number) - (logits[a] as number) || a - b;
  const likeliest = [...placesOfHighest(logits, Math.max(1, alternatives))].sort(byLogit);
  const highest = logits[likeliest[0] as number] as number;
  let sum = 0;
  let rank = 1;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] as number;
    sum += expMinus(highest - logit);
    if (logit >= own && (logit > own || id < token)) rank++;
  }
  const probability = (id: number): number => expMinus(highest - (logits[id] as number)) / sum;
  return {
    probability: probability(token),
    rank,
    top: likeliest.slice(0, alternatives).map((id) => ({ token: id, probability: probability(id) })),
  };
}
