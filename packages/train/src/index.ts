export { TinyllmError } from '@tinyllm/common';
export { type Batch, type BatchSource, evaluate } from './evaluate';
export type { EndEvent, Evaluation, EvaluationEvent, StepEvent, TrainEvent, WarningEvent } from './events';
export {
  type AdamWOptions,
  adamw,
  disposeOptimizerState,
  type Named,
  type Optimizer,
  type OptimizerState,
  type UpdateOptions,
} from './optimizer';
export { type GPTRecipeModel, type Recipe, recipes, type TrainingRecipe } from './recipes';
export { type Schedule, type WarmupCosineOptions, warmupCosine } from './schedule';
export { type TrainOptions, train } from './train';
export { trainingMemory } from './training-memory';
