export { TinyllmError } from '@tinyllm/common';
export type { Batch, BatchSource } from './batch';
export { type EvaluateOptions, type Evaluation, evaluate } from './evaluate';
export {
  evaluateText,
  type ReadableIds,
  type TextEvaluation,
  type TextEvaluationOptions,
} from './evaluate-text';
export type { CheckpointEvent, EndEvent, SkippedEvent, StepEvent, TrainEvent, WarningEvent } from './events';
export { matmulCeiling, tensorMemory } from './machine';
export {
  type AdamWOptions,
  adamw,
  disposeOptimizerState,
  type Named,
  type Optimizer,
  type OptimizerState,
  type UpdateOptions,
} from './optimizer';
export { readOptimizer, writeOptimizer } from './optimizer-file';
export { checkTrainOptions, type TrainOptions } from './options';
export { type EndReason, type EvaluationEvent, lossOf, type Progress, type StopRules } from './progress';
export { type GPTRecipeModel, type Recipe, type Reference, scaleRecipe, type TrainingRecipe } from './recipe';
export { recipes } from './recipes';
export {
  type Schedule,
  type ScheduleName,
  type ScheduleOptions,
  schedules,
  warmupConstant,
  warmupCosine,
  warmupLinear,
  warmupStableDecay,
} from './schedule';
export type { NamedValues, Snapshot } from './snapshot';
export { train } from './train';
export { leastTrainingMemory, trainingMemory } from './training-memory';
