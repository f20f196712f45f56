/** What `train()` yields as it goes. Steps count from 0; a step's numbers are those before its update. */
export type TrainEvent = StepEvent | EvaluationEvent | WarningEvent | EndEvent;

export interface StepEvent {
  readonly type: 'step';
  readonly step: number;
  /** Mean loss of the step's batches, in nats per token. */
  readonly loss: number;
  readonly learningRate: number;
  /** Global norm of the gradient, before clipping. */
  readonly gradientNorm: number;
  /** Tokens trained on so far, this step's too. */
  readonly tokensSeen: number;
}

export interface EvaluationEvent {
  readonly type: 'evaluation';
  /** How many updates the model has had. */
  readonly step: number;
  readonly train: Evaluation;
  /** None where there is no validation split. */
  readonly validation?: Evaluation;
}

export interface Evaluation {
  /** Mean loss, in nats per token. */
  readonly loss: number;
}

/** Something is odd, but training goes on. */
export interface WarningEvent {
  readonly type: 'warning';
  readonly code: 'train/fresh-loss';
  readonly message: string;
}

export interface EndEvent {
  readonly type: 'end';
  /** How many updates the model has had. */
  readonly step: number;
  readonly reason: 'finished' | 'aborted';
}
