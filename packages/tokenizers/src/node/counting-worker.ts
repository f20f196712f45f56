/** A worker thread that counts pre-tokens, as the thread that feeds it sees it; its other end is count-worker.ts. */
import { Worker } from 'node:worker_threads';
import type { PretokenCounts } from '../pretoken-counter';
import type { CountAnswer, CountRequest } from './count-worker';

/** Batches a worker may have waiting: enough to be busy, and a bound on memory. */
const WAITING = 2;

/** One thread with a `PretokenCounter`, and how much it has to do. */
export class CountingWorker {
  /** UTF-8 bytes counted so far. */
  bytes = 0;
  readonly #worker: Worker;
  /** Batches sent and not yet counted. */
  waiting = 0;
  #wake: () => void = () => {};
  readonly #failed: Promise<never>;
  readonly #finished: Promise<PretokenCounts>;

  constructor(workerData: { pattern: string; specialTokens: readonly string[] }) {
    this.#worker = new Worker(new URL('./count-worker.js', import.meta.url), { workerData });
    this.#failed = new Promise((_, reject) => this.#worker.once('error', reject));
    this.#failed.catch(() => {}); // reported by whoever waits
    this.#finished = new Promise((resolve) => {
      this.#worker.on('message', (answer: CountAnswer) => {
        if (answer.type === 'counts') return resolve(answer.counts);
        this.bytes = answer.bytes;
        this.waiting--;
        this.#wake();
      });
    });
  }

  /** This worker, as soon as it can take another batch. */
  async ready(): Promise<this> {
    while (this.waiting >= WAITING) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([woken, this.#failed]);
    }
    return this;
  }

  count(texts: readonly string[]): void {
    this.waiting++;
    this.#post({ type: 'texts', texts });
  }

  finish(): Promise<PretokenCounts> {
    this.#post({ type: 'finish' });
    return Promise.race([this.#finished, this.#failed]);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #post(request: CountRequest): void {
    this.#worker.postMessage(request);
  }
}
