import type { BackendName, RunningBackend } from '@tinyllm/compute';
import type { Model } from '@tinyllm/model';
import type { Tokenizer } from '@tinyllm/tokenizers';
import type { JobEvent, JobName, JobRequest, TokenizerName } from './protocol';

/** One job: yields what the page is to hear. Heeds the signal and cleans up after itself. */
export type Job<Name extends JobName> = (
  request: JobRequest<Name>,
  session: Session,
  signal: AbortSignal,
) => AsyncIterable<JobEvent<Name>>;

export interface Opened {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
}

/** What one worker keeps from job to job. Only what is asked for is loaded: tokenizers need no arithmetic. */
export class Session {
  /** Where to compute; by default on the fastest backend here. */
  wanted: BackendName | undefined;
  /** Tokenizers that took time to make. */
  readonly tokenizers: Map<TokenizerName, Tokenizer> = new Map();
  #opened: Opened | undefined;
  #backend: Promise<RunningBackend> | undefined;

  /** The running backend, which the first call starts. */
  backend(): Promise<RunningBackend> {
    this.#backend ??= import('@tinyllm/compute').then(({ useBackend }) => useBackend(this.wanted));
    return this.#backend;
  }

  get opened(): Opened | undefined {
    return this.#opened;
  }

  /** Keeps a model to sample, and disposes the one before. */
  async open(opened: Opened): Promise<void> {
    const before = this.#opened;
    this.#opened = opened;
    if (before) (await import('@tinyllm/model')).disposeModel(before.model);
  }
}
