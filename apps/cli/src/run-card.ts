/** What the model card of a checkpoint says of the run that it is of. */
import type { CardFacts } from '@tinyllm/model';
import { lossOf, type Progress, type Recipe } from '@tinyllm/train';
import { count, duration } from './output';
import type { RunConfig } from './run-config';

/** All but where the checkpoint is. */
export type RunFacts = Omit<CardFacts, 'name' | 'path'>;

/** Names in a checkpoint's folder, and in that of its run. */
export const CARD = 'README.md';
export const PLOT = 'plot.svg';

export interface RunState {
  readonly progress: Progress;
  readonly seconds: number;
  /** What the model wrote at the last evaluation. */
  readonly sample: string | undefined;
  /** Whether there is a plot of the losses beside the card. */
  readonly isPlotted: boolean;
}

/** The facts of a run of this config that is so far. */
export function runFacts(
  { recipe, data, backend, versions }: RunConfig,
  { progress, seconds, sample, isPlotted }: RunState,
): RunFacts {
  return {
    data: data.description,
    ...(data.license === undefined ? {} : { dataLicense: data.license }),
    training: {
      recipe: recipe.name,
      steps: `${count(progress.step)} of ${count(recipe.training.maxIters)}`,
      'tokens seen': count(progress.tokensSeen),
      ...settings(recipe),
      time: duration(seconds),
      software: `tinyllm ${versions.tinyllm} on ${backend.name} (${backend.detail}), Node ${versions.node}${
        versions.pytorch === undefined ? '' : `; PyTorch ${versions.pytorch}`
      }`,
    },
    evaluation: evaluation(progress, data.entropy),
    ...(isPlotted ? { plot: PLOT } : {}),
    ...(sample === undefined ? {} : { samples: [sample] }),
  };
}

function settings({ training }: Recipe): Record<string, string | number> {
  const { batchSize, blockSize, gradientAccumulationSteps, schedule, learningRate, minLearningRate } =
    training;
  const { warmupIters, beta1, beta2, weightDecay, gradClip, seed } = training;
  const times = gradientAccumulationSteps === 1 ? '' : `, ${gradientAccumulationSteps} times`;
  return {
    'a step': `${batchSize} windows of ${blockSize} tokens${times}`,
    'learning rate': `${learningRate} to ${minLearningRate}, ${schedule}, ${warmupIters} steps of warm-up`,
    AdamW: `betas ${beta1} and ${beta2}, weight decay ${weightDecay}, gradients clipped at ${gradClip || 'no norm'}`,
    seed,
  };
}

/** In nats per token. */
function evaluation({ lastEvaluation, best }: Progress, entropy: number | undefined): Record<string, string> {
  if (lastEvaluation === undefined) return {};
  const loss = lossOf(lastEvaluation);
  return {
    'after step': count(lastEvaluation.step),
    'train loss': lastEvaluation.train.loss.toFixed(4),
    'validation loss': loss.toFixed(4),
    'validation perplexity': Math.exp(loss).toFixed(2),
    ...(best ? { 'best validation loss': `${best.loss.toFixed(4)}, after step ${count(best.step)}` } : {}),
    ...(entropy === undefined ? {} : { 'entropy of the text, which no loss can pass': entropy.toFixed(4) }),
  };
}
