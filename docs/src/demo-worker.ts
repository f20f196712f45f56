/** The page's end of the worker: a job is an async iterable of its events. */
import { TinyllmError } from '@tinyllm/common';
import type { BackendName } from '@tinyllm/compute';
import type { FromWorker, JobEvent, JobName, JobRequest, ToWorker } from './worker/protocol';

type Listener = (message: FromWorker) => void;

export class DemoWorker {
  readonly #worker = new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module' });
  readonly #jobs = new Map<number, Listener>();
  #lastId = 0;

  /** Computes on `backend`, or where it is none on the fastest here. */
  constructor(backend?: BackendName) {
    this.#post({ type: 'begin', backend });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#jobs.get(data.id)?.(data);
    this.#worker.onerror = ({ message }) => {
      const failed = {
        type: 'failed',
        code: 'docs/worker',
        message: `The worker of the demos failed: ${message}`,
      } as const;
      for (const [id, tell] of this.#jobs) tell({ ...failed, id });
    };
  }

  /** Runs a job. Throws what the job throws; the signal asks it to end, which it does in its own time. */
  async *run<Name extends JobName>(
    name: Name,
    request: JobRequest<Name>,
    signal?: AbortSignal,
  ): AsyncGenerator<JobEvent<Name>, void, void> {
    const id = ++this.#lastId;
    const waiting: FromWorker[] = [];
    let wake = (): void => undefined;
    this.#jobs.set(id, (message) => {
      waiting.push(message);
      wake();
    });
    const abort = (): void => this.#post({ type: 'abort', id });
    signal?.addEventListener('abort', abort);
    this.#post({ type: 'job', id, name, request } as ToWorker);
    try {
      for (;;) {
        const message = waiting.shift();
        if (message === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        } else if (message.type === 'event') yield message.event as JobEvent<Name>;
        else if (message.type === 'done') return;
        else throw new TinyllmError(message.code, message.message);
      }
    } finally {
      abort();
      signal?.removeEventListener('abort', abort);
      this.#jobs.delete(id);
    }
  }

  /** Runs a job that has one event, and gives it. */
  async ask<Name extends JobName>(
    name: Name,
    request: JobRequest<Name>,
  ): Promise<JobEvent<Name> | undefined> {
    for await (const event of this.run(name, request)) return event;
    return undefined;
  }

  /** Ends the worker with all that it holds. */
  stop(): void {
    this.#worker.terminate();
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}
