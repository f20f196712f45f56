import { checkPrecision, type Precision } from '@tinyllm/compute';
import type { BatchSource } from './batch';
import { checkField } from './check-field';
import { adamw, type Optimizer } from './optimizer';
import type { StopRules } from './progress';
import type { Schedule } from './schedule';
import type { Snapshot } from './snapshot';

export interface TrainOptions extends StopRules {
  readonly data: {
    readonly train: BatchSource;
    readonly validation?: BatchSource;
    /** What evaluations read of the text that is trained on. Default: the first batches of `train`. */
    readonly trainSample?: BatchSource;
  };
  /** Default `adamw()`. */
  readonly optimizer?: Optimizer;
  /** The learning rate of each step, say `warmupCosine({ … })`. */
  readonly schedule: Schedule;
  /** How many steps. */
  readonly maxIters: number;
  /** Batches that make one step, as one batch of all their rows would. Default 1. */
  readonly gradientAccumulationSteps?: number;
  /** The gradient is scaled down to this global norm where it is longer; 0 never clips. Default 1. */
  readonly gradClip?: number;
  /** Steps between evaluations; the first is before any, the last after all. Default 250. */
  readonly evalInterval?: number;
  /** Batches of each split that an evaluation reads. Default 20. */
  readonly evalIters?: number;
  /** Steps between `step` events. Default 10. */
  readonly logInterval?: number;
  /**
   * Steps between `checkpoint` events; they also come after an evaluation that is the best so far, and before the
   * end. Default: none come at all, since each copies the whole state.
   */
  readonly checkpointInterval?: number;
  /** A run to go on with, from a `checkpoint` event; the other options as they were. */
  readonly resume?: Snapshot | undefined;
  /** The loss, in nats, above which a step is bad. Default 2 ln V + 2: twice that of knowing nothing, and a margin. */
  readonly maxLoss?: number;
  /** Leaves bad steps out, up to ten in a row, where otherwise the first ends the run with an error. Default false. */
  readonly skipBadSteps?: boolean;
  /**
   * `mixed` rounds activations to half precision, on backends that have it; parameters, gradients and moments stay float32,
   * and so do snapshots. Default `float32`.
   */
  readonly precision?: Precision;
  /** Decides what dropout drops. Default 0. */
  readonly seed?: number;
  /** Ends training after the current step. */
  readonly signal?: AbortSignal;
}

/** Options that have a default. */
type Defaulted =
  | 'optimizer'
  | 'gradientAccumulationSteps'
  | 'gradClip'
  | 'evalInterval'
  | 'evalIters'
  | 'logInterval'
  | 'maxLoss'
  | 'precision'
  | 'skipBadSteps'
  | 'seed';

/** `TrainOptions` with the defaults in place. */
export type TrainSettings = TrainOptions & Required<Pick<TrainOptions, Defaulted>>;

/**
 * The options of a run, checked, for a vocabulary of `vocabSize`. Throws `config/invalid-field` and
 * `compute/no-mixed-precision`.
 */
export function trainSettings(options: TrainOptions, vocabSize: number): TrainSettings {
  const settings = {
    optimizer: adamw(),
    gradientAccumulationSteps: 1,
    gradClip: 1,
    evalInterval: 250,
    evalIters: 20,
    logInterval: 10,
    maxLoss: 2 * Math.log(vocabSize) + 2,
    skipBadSteps: false,
    precision: 'float32' as const,
    seed: 0,
    ...withoutUndefined(options),
  };
  checkTrainOptions(settings);
  checkField(
    'seed',
    settings.seed,
    Number.isSafeInteger(settings.seed) && settings.seed >= 0,
    'an integer, 0 or more',
  );
  checkField('targetLoss', settings.targetLoss, !Number.isNaN(settings.targetLoss ?? 0), 'a number');
  checkPrecision(settings.precision);
  return settings;
}

/** What is set, so that `undefined`, say of a field that a file has not, means the default. */
function withoutUndefined(options: TrainOptions): TrainOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as TrainOptions;
}

/** Options that are counts, or numbers of some range. */
type Checked = Pick<
  TrainOptions,
  | 'maxIters'
  | 'gradientAccumulationSteps'
  | 'evalInterval'
  | 'evalIters'
  | 'logInterval'
  | 'checkpointInterval'
  | 'maxTokens'
  | 'patience'
  | 'gradClip'
  | 'maxLoss'
>;

/**
 * Throws `config/invalid-field` unless of what is given every count is a positive integer, gradClip at least 0 and maxLoss
 * above it, as `train` does when it starts.
 */
export function checkTrainOptions({ gradClip = 1, maxLoss = 1, ...options }: Checked): void {
  const { maxIters, gradientAccumulationSteps, evalInterval, evalIters, logInterval } = options;
  const { checkpointInterval, maxTokens, patience } = options;
  const needed = { maxIters, gradientAccumulationSteps, evalInterval, evalIters, logInterval };
  const optional = { checkpointInterval, maxTokens, patience };
  for (const [field, value] of [
    ...Object.entries(needed),
    ...Object.entries(optional).filter(([, value]) => value !== undefined),
  ])
    checkField(field, value, Number.isSafeInteger(value) && Number(value) >= 1, 'a positive integer');
  checkField('gradClip', gradClip, gradClip >= 0 && Number.isFinite(gradClip), 'a number, 0 or more');
  checkField('maxLoss', maxLoss, maxLoss > 0, 'a number above 0');
}
