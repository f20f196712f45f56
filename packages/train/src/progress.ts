import type { Evaluation } from './evaluate';

export interface EvaluationEvent {
  readonly type: 'evaluation';
  /** How many steps are behind the model. */
  readonly step: number;
  readonly train: Evaluation;
  /** None where there is no validation split. */
  readonly validation?: Evaluation;
}

/** How far a run is: plain data, all that decides how it goes on but parameters and moments. */
export interface Progress {
  /** Steps behind the model, also the number of the next. */
  readonly step: number;
  readonly tokensSeen: number;
  /** Steps that were left out, because their loss or gradient was bad. */
  readonly skippedSteps: number;
  readonly lastEvaluation?: EvaluationEvent;
  /** The best evaluation's loss, and when it was. */
  readonly best?: { readonly step: number; readonly loss: number };
  /** Evaluations since the best one. */
  readonly evaluationsSinceBest: number;
}

/** When to end before `maxIters`. What is left out never ends a run. */
export interface StopRules {
  /** Ends when so many tokens were trained on. */
  readonly maxTokens?: number | undefined;
  /** Ends at the first evaluation whose loss is this or below, in nats per token. */
  readonly targetLoss?: number | undefined;
  /** Ends when so many evaluations in a row were not better than the best: early stopping. */
  readonly patience?: number | undefined;
}

/** Why a run ended: all its steps are done, or one of the rules of `StopRules`, or its `AbortSignal`. */
export type EndReason = 'finished' | 'max-tokens' | 'target-loss' | 'no-improvement' | 'aborted';

export const beginning: Progress = { step: 0, tokensSeen: 0, skippedSteps: 0, evaluationsSinceBest: 0 };

/** The loss that counts: on text the model has not seen, where there is any. */
export function lossOf({ train, validation }: EvaluationEvent): number {
  return (validation ?? train).loss;
}

/** `progress` after an evaluation. */
export function evaluated(progress: Progress, event: EvaluationEvent): Progress {
  const loss = lossOf(event);
  const improved = progress.best === undefined || loss < progress.best.loss;
  return {
    ...progress,
    lastEvaluation: event,
    ...(improved ? { best: { step: event.step, loss } } : {}),
    evaluationsSinceBest: improved ? 0 : progress.evaluationsSinceBest + 1,
  };
}

/** Why no further step comes, as far as that is known before an evaluation. */
export function budgetSpent(
  { step, tokensSeen }: Progress,
  { maxIters, maxTokens = Number.POSITIVE_INFINITY }: StopRules & { readonly maxIters: number },
): EndReason | undefined {
  if (step >= maxIters) return 'finished';
  return tokensSeen >= maxTokens ? 'max-tokens' : undefined;
}

/** Why the last evaluation ends the run, if it does. */
export function evaluationEnds(
  { lastEvaluation, evaluationsSinceBest }: Progress,
  { targetLoss = Number.NEGATIVE_INFINITY, patience = Number.POSITIVE_INFINITY }: StopRules,
): EndReason | undefined {
  if (lastEvaluation === undefined) return undefined;
  if (lossOf(lastEvaluation) <= targetLoss) return 'target-loss';
  return evaluationsSinceBest >= patience ? 'no-improvement' : undefined;
}
