import type { Precision } from '@tinyllm/compute';
import type { GPTOptions } from '@tinyllm/model';
import { checkField } from './check-field';
import type { ScheduleName } from './schedule';

/** Everything that decides a run, as data: read it, spread it, override it. */
export interface Recipe {
  readonly name: string;
  /** One line: what it is and what to expect. */
  readonly description: string;
  /**
   * So many of the built-in stories, or a corpus that `@tinyllm/data` knows by name. Where it cannot be had, training
   * fails, or goes on with the `fallback`, saying so loudly.
   */
  readonly corpus:
    | { readonly type: 'stories'; readonly count: number }
    | { readonly type: 'named'; readonly name: string; readonly fallback?: 'stories' };
  /** What the text is cut into; a BPE is trained on the training text. */
  readonly tokenizer:
    | { readonly type: 'characters' }
    | { readonly type: 'bpe'; readonly vocabSize: number }
    | { readonly type: 'gpt2' };
  readonly model: GPTRecipeModel | { readonly architecture: 'bigram' };
  readonly training: TrainingRecipe;
  /** Where a sample of the trained model starts. */
  readonly prompt: string;
  /** Samples are drawn from so many of the likeliest tokens. Default: from all. */
  readonly topK?: number;
  /** What others reached with it: validation losses in nats per token, after so many steps of the whole run. */
  readonly references?: readonly Reference[];
}

export interface Reference {
  readonly step: number;
  readonly validationLoss: number;
  readonly source: string;
}

/** A GPT's shape; the vocabulary comes from the tokenizer and the block size from the training. */
export type GPTRecipeModel = { readonly architecture: 'gpt' } & Omit<GPTOptions, 'vocabSize' | 'blockSize'>;

export interface TrainingRecipe {
  readonly blockSize: number;
  readonly batchSize: number;
  readonly gradientAccumulationSteps: number;
  /** Whether rows end where their document does, the rest masked, or run on into the next. */
  readonly withinDocuments: boolean;
  readonly maxIters: number;
  /** `mixed` is for backends that have it: `train()` refuses it on others. */
  readonly precision: Precision;
  readonly schedule: ScheduleName;
  readonly learningRate: number;
  readonly minLearningRate: number;
  readonly warmupIters: number;
  readonly lrDecayIters: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly weightDecay: number;
  readonly gradClip: number;
  readonly evalInterval: number;
  readonly evalIters: number;
  /** Steps of what the source calls an epoch, a multiple of evalInterval: a row of its table comes after each. */
  readonly epochIters?: number;
  /** Steps between two lines of metrics. */
  readonly logInterval: number;
  readonly seed: number;
}

/** The least that evaluations of a scaled recipe read, if the recipe reads so much. */
const LEAST_EVAL_ITERS = 10;

/**
 * `recipe` with `scale` times its steps and the same shape: warm-up, decay, evaluations and epochs come where they
 * were in proportion. The model, the batches and the rates stay. Throws `config/invalid-field`.
 */
export function scaleRecipe(recipe: Recipe, scale: number): Recipe {
  checkField('scale', scale, Number.isFinite(scale) && scale > 0, 'a number above 0');
  const { evalInterval, evalIters, epochIters } = recipe.training;
  const interval = Math.max(1, Math.round(evalInterval * scale));
  const at = (step: number): number => Math.round((step / evalInterval) * interval); // so that epochs stay whole
  return {
    ...recipe,
    training: {
      ...recipe.training,
      maxIters: at(recipe.training.maxIters),
      warmupIters: at(recipe.training.warmupIters),
      lrDecayIters: at(recipe.training.lrDecayIters),
      evalInterval: interval,
      evalIters: Math.max(Math.min(evalIters, LEAST_EVAL_ITERS), Math.round(evalIters * Math.min(1, scale))),
      ...(epochIters === undefined ? {} : { epochIters: at(epochIters) }),
    },
    references: (recipe.references ?? []).map((reference) => ({ ...reference, step: at(reference.step) })),
  };
}
