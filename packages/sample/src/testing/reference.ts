/** The steps of sampling as their papers say them: probabilities in plain arrays, whole sorts, `Math.exp`. */
import type { SamplerOptions } from '../samplers';

type Logits = ReadonlyMap<number, number>;

/** The probabilities [V] with which `sampler(options)` should draw each id. */
export function referenceDistribution(
  row: ArrayLike<number>,
  options: SamplerOptions,
  history: readonly number[] = [],
): number[] {
  let logits: Logits = new Map(Array.from(row, (logit, id) => [id, logit] as const));
  logits = map(logits, (logit, id) => logit + (options.logitBias?.[id] ?? 0));
  logits = filter(logits, (id) => !options.bannedTokens?.includes(id) && logits.get(id) !== -Infinity);
  logits = map(logits, (logit, id) => penalized(logit, id, options, history));
  if (options.topK !== undefined) {
    const kept = byDescending(logits, (id) => logits.get(id) as number).slice(0, options.topK);
    logits = filter(logits, (id) => kept.includes(id));
  }
  for (const [p, order] of [
    [options.typicalP, typicalOrder],
    [options.topP, likeliestOrder],
  ] as const) {
    if (p === undefined) continue;
    const probabilities = softmax(logits);
    const kept: number[] = [];
    for (const id of order(probabilities)) {
      if (total(kept, probabilities) >= p) break;
      kept.push(id);
    }
    logits = filter(logits, (id) => kept.includes(id));
  }
  if (options.minP !== undefined) {
    const probabilities = softmax(logits);
    const least = options.minP * Math.max(...probabilities.values());
    logits = filter(logits, (id) => (probabilities.get(id) as number) >= least);
  }
  const { temperature = 1 } = options;
  if (temperature === 0) {
    const [best] = byDescending(logits, (id) => logits.get(id) as number);
    logits = filter(logits, (id) => id === best);
  } else {
    logits = map(logits, (logit) => logit / temperature);
  }
  const probabilities = softmax(logits);
  return Array.from(row, (_, id) => probabilities.get(id) ?? 0);
}

function penalized(logit: number, id: number, options: SamplerOptions, history: readonly number[]): number {
  const { repetitionPenalty = 1, frequencyPenalty = 0, presencePenalty = 0, penaltyLastN = 64 } = options;
  const count = history.slice(-penaltyLastN).filter((other) => other === id).length;
  if (count === 0) return logit;
  const repeated = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
  return repeated - count * frequencyPenalty - presencePenalty;
}

function likeliestOrder(probabilities: Logits): number[] {
  return byDescending(probabilities, (id) => probabilities.get(id) as number);
}

function typicalOrder(probabilities: Logits): number[] {
  const surprise = map(probabilities, (p) => -Math.log(p));
  const entropy = [...probabilities].reduce((sum, [id, p]) => sum + p * (surprise.get(id) as number), 0);
  return byDescending(probabilities, (id) => -Math.abs((surprise.get(id) as number) - entropy));
}

function softmax(logits: Logits): Logits {
  const highest = Math.max(...logits.values());
  const weights = map(logits, (logit) => Math.exp(logit - highest));
  const sum = total([...weights.keys()], weights);
  return map(weights, (weight) => weight / sum);
}

/** Ids, the highest value first; the lower id among equals. */
function byDescending(values: Logits, value: (id: number) => number): number[] {
  return [...values.keys()].sort((a, b) => value(b) - value(a) || a - b);
}

function total(ids: readonly number[], values: Logits): number {
  return ids.reduce((sum, id) => sum + (values.get(id) as number), 0);
}

function map(values: Logits, change: (value: number, id: number) => number): Logits {
  return new Map([...values].map(([id, value]) => [id, change(value, id)] as const));
}

function filter(values: Logits, keep: (id: number) => boolean): Logits {
  return new Map([...values].filter(([id]) => keep(id)));
}
