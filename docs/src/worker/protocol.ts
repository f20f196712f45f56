/** What the page asks of the worker of the demos and what it hears: plain data, one entry for each kind of job. */
import type { BackendName, RunningBackend } from '@tinyllm/compute';
import type { Piece, SamplerOptions } from '@tinyllm/sample';
import type { TrainBpeEvent } from '@tinyllm/tokenizers';
import type { EvaluationEvent, Recipe, StepEvent, WarningEvent } from '@tinyllm/train';

export interface Jobs {
  /** Starts the backend that `begin` said, or the fastest here. */
  start: { request: Record<never, never>; event: RunningBackend };
  tokenize: {
    request: { readonly text: string; readonly tokenizer: TokenizerName };
    event: {
      readonly tokens: readonly (Token & { readonly bytes: Uint8Array })[];
      readonly bytes: number;
      readonly vocabSize: number;
    };
  };
  trainTokenizer: {
    request: { readonly corpus: CorpusChoice; readonly vocabSize: number };
    event:
      | TrainBpeEvent
      | { readonly type: 'trained'; readonly vocabSize: number; readonly merges: readonly string[] };
  };
  /** What a config makes, or why it cannot be: the fields as a reader typed them. */
  shapes: {
    request: { readonly options: Readonly<Record<string, number | boolean>>; readonly batchSize: number };
    event: {
      readonly parameters: readonly { readonly name: string; readonly shape: readonly number[] }[];
      readonly flopsPerToken: number;
      /** On the wasm backend. */
      readonly trainingBytes: number;
    };
  };
  /** Inputs and targets of one batch, [B][T] as letters. */
  batch: {
    request: {
      readonly text: string;
      readonly index: number;
      readonly batchSize: number;
      readonly blockSize: number;
      readonly withinDocuments: boolean;
    };
    event: { readonly x: readonly (readonly string[])[]; readonly y: readonly (readonly string[])[] };
  };
  /** Trains a bigram, in no step or more, which is open for `generate` from then on. */
  bigram: {
    request: { readonly corpus: CorpusChoice; readonly maxIters: number; readonly learningRate: number };
    event:
      | { readonly type: 'begin'; readonly characters: readonly string[]; readonly counts: Float32Array }
      | StepEvent
      | WarningEvent
      | { readonly type: 'table'; readonly probabilities: Float32Array };
  };
  train: {
    /** None to go on with the run that is kept in this browser. */
    request: { readonly run?: RunRequest };
    event: TrainingEvent;
  };
  /** The run that is kept in this browser, if there is one; or none any more. */
  keptRun: { request: { readonly forget?: boolean }; event: { readonly kept?: KeptRun } };
  /** Its newest checkpoint as a zip of the folder that Hugging Face and the command line open. */
  zipRun: {
    request: Record<never, never>;
    event: { readonly name: string; readonly zip: Uint8Array<ArrayBuffer> };
  };
  /** Opens a model to sample. */
  open: {
    request: ModelSource;
    event:
      | { readonly type: 'loading'; readonly received: number; readonly size: number | undefined }
      | OpenedModel;
  };
  generate: {
    request: {
      /** Continues these ids, or where there are none the prompt. */
      readonly ids?: readonly number[];
      readonly prompt: string;
      readonly sampler: SamplerOptions;
      readonly seed: number;
      readonly maxNewTokens: number;
    };
    event:
      | { readonly type: 'prompt'; readonly tokens: readonly Token[] }
      | { readonly type: 'piece'; readonly piece: ShownPiece };
  };
  /**
   * What each token of a text of the opened model looked at: of the last that it reads together, or of those that end with
   * `reader` where it is before them.
   */
  attention: { request: { readonly ids: readonly number[]; readonly reader: number }; event: Attention };
  /** What the opened model does with a text, or a small new model that has learned nothing. */
  inside: {
    request: { readonly text: string; readonly model: 'opened' | 'new' };
    event: Inside;
  };
}

export type JobName = keyof Jobs;
export type JobRequest<Name extends JobName> = Jobs[Name]['request'];
export type JobEvent<Name extends JobName> = Jobs[Name]['event'];

/** From the page, which first says where to compute. A job has a number; to abort it is to ask for its end, and it says itself when it is done. */
export type ToWorker =
  | { readonly type: 'begin'; readonly backend: BackendName | undefined }
  | {
      [Name in JobName]: {
        readonly type: 'job';
        readonly id: number;
        readonly name: Name;
        readonly request: JobRequest<Name>;
      };
    }[JobName]
  | { readonly type: 'abort'; readonly id: number };

/** From the worker. */
export type FromWorker =
  | { readonly type: 'event'; readonly id: number; readonly event: unknown }
  | { readonly type: 'done'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly code: string; readonly message: string };

export type TokenizerName = 'characters' | 'trained' | 'gpt2';

/** A token, and the text that it stands for by itself: U+FFFD where it is only a part of a character. */
export interface Token {
  readonly id: number;
  readonly text: string;
}

export type CorpusChoice =
  | { readonly type: 'stories'; readonly count: number }
  | { readonly type: 'text'; readonly name: string; readonly text: string };

/** What a reader can set of a run; all else is as in the recipe `stories-nano`. */
export interface RunSettings {
  readonly tokens: 'bpe' | 'characters';
  readonly nLayer: number;
  readonly nHead: number;
  readonly nEmbd: number;
  readonly blockSize: number;
  readonly batchSize: number;
  readonly maxIters: number;
  readonly evalInterval: number;
  readonly learningRate: number;
}

export interface RunRequest {
  readonly settings: RunSettings;
  /** The reader's own text; none for the built-in stories. */
  readonly text?: { readonly name: string; readonly text: string };
}

/** What a run's losses are held against. */
export interface RunFacts {
  readonly vocabSize: number;
  readonly parameters: number;
  /** Of the training text. */
  readonly tokens: number;
  /** Nats per token below which no model can get, where it is known. */
  readonly entropy?: number;
}

/** What there is to show of a kept run before it goes on. */
export interface KeptRun {
  readonly recipe: Recipe;
  readonly facts: RunFacts;
  readonly data: string;
  readonly step: number;
  readonly log: readonly LoggedEvent[];
}

export type LoggedEvent = StepEvent | EvaluationEvent | SampleEvent;

export interface SampleEvent {
  readonly type: 'sample';
  readonly step: number;
  readonly text: string;
}

export type TrainingEvent =
  | {
      readonly type: 'begin';
      readonly recipe: Recipe;
      readonly step: number;
      readonly facts: RunFacts;
      /** What was shown of the run before. */
      readonly log: readonly LoggedEvent[];
    }
  | LoggedEvent
  | WarningEvent
  | { readonly type: 'saved'; readonly step: number }
  | { readonly type: 'end'; readonly step: number; readonly finished: boolean };

/** Where a model comes from: the run that this browser keeps, files by path, zipped or not, or a folder's address. */
export type ModelSource =
  | { readonly type: 'kept' }
  | { readonly type: 'files'; readonly files: ReadonlyMap<string, Uint8Array> }
  | { readonly type: 'url'; readonly url: string };

export interface OpenedModel {
  readonly type: 'opened';
  readonly parameters: number;
  readonly vocabSize: number;
  readonly blockSize: number;
  readonly shape: string;
  /** Where a text begins if no other prompt is given. */
  readonly prompt: string;
}

/** A generated token with the model's own opinion of it. */
export interface ShownPiece extends Omit<Piece, 'scores'> {
  readonly probability: number;
  readonly alternatives: readonly (Token & { readonly probability: number })[];
}

export interface Attention {
  /** Those that were read together. */
  readonly tokens: readonly Token[];
  /** How many of the text are before them. */
  readonly start: number;
  readonly nHead: number;
  /** [H, T, T] each, one a layer: row t is the share of each token in what token t reads. */
  readonly maps: readonly Float32Array[];
}

export interface Inside {
  readonly tokens: readonly Token[];
  readonly nHead: number;
  readonly vocabSize: number;
  /** The boxes in the order in which a pass comes through them. */
  readonly boxes: readonly Box[];
  /** The likeliest tokens to come after the last. */
  readonly next: readonly (Token & { readonly probability: number })[];
}

/** Values that one part of a model gives: [1, T, width], or of attention [1, H, T, T]. */
export interface Box {
  readonly part: 'embedding' | 'normalized' | 'qkv' | 'attention' | 'read' | 'attended' | 'inner' | 'left';
  /** Of the block that it is in; none of the embedding. */
  readonly layer?: number;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}
