import type { EndReason, EvaluationEvent } from './progress';
import type { Snapshot } from './snapshot';

/**
 * What `train()` yields as it goes: plain data, which a worker can post to its page. Steps count from 0; a step's
 * numbers are those before its update.
 */
export type TrainEvent =
  | StepEvent
  | EvaluationEvent
  | CheckpointEvent
  | SkippedEvent
  | WarningEvent
  | EndEvent;

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

/** A place to go on from. Whoever saves it need not hurry: it is a copy, and training goes on beside. */
export interface CheckpointEvent {
  readonly type: 'checkpoint';
  readonly step: number;
  /** Whether no evaluation was better than the one at this step. */
  readonly best: boolean;
  readonly snapshot: Snapshot;
}

/** A step whose loss was not a number or exploded, and which was left out: see `skipBadSteps`. */
export interface SkippedEvent {
  readonly type: 'skipped';
  readonly step: number;
  /** The numbers of the step's first and last batch. */
  readonly batches: readonly [number, number];
  readonly loss: number;
  readonly gradientNorm: number;
}

/** Something is odd, but training goes on. */
export interface WarningEvent {
  readonly type: 'warning';
  readonly code: 'train/fresh-loss';
  readonly message: string;
}

export interface EndEvent {
  readonly type: 'end';
  /** How many steps are behind the model. */
  readonly step: number;
  readonly reason: EndReason;
}
