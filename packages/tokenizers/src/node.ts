/** What needs Node: training with pre-tokens counted on several threads. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { BPETokenizer } from './bpe-tokenizer';
import type { CountAnswer, CountRequest } from './count-worker';
import { PretokenCounter, type PretokenCounts } from './pretoken-counter';
import { checkVocabSize, type TrainBpeOptions, trainOnCounts } from './train-bpe';

export interface ThreadedTrainBpeOptions extends TrainBpeOptions {
  /** Worker threads that count. Default: as many as the machine runs at once. */
  readonly threads?: number;
}

/** Characters sent to a worker at a time. */
const BATCH = 1 << 20;
/** Batches a worker may have waiting: enough to be busy, and a bound on memory. */
const WAITING = 2;

/** `trainBpe` with pre-tokens counted on `threads` worker threads: the same tokenizer, whatever their number. */
export async function trainBpe(
  texts: Iterable<string> | AsyncIterable<string>,
  options: ThreadedTrainBpeOptions,
): Promise<BPETokenizer> {
  checkVocabSize(options);
  const { pattern = 'gpt2', specialTokens = [], threads = availableParallelism(), signal } = options;
  signal?.throwIfAborted();
  const workers = Array.from(
    { length: Math.max(1, threads) },
    () => new CountingWorker({ pattern, specialTokens }),
  );
  try {
    const read = await countTexts(texts, workers, options);
    const total = new PretokenCounter(pattern, specialTokens);
    for (const counts of await Promise.all(workers.map((worker) => worker.finish()))) total.addCounts(counts);
    options.onProgress?.({ type: 'counting', texts: read, bytes: bytesOf(workers) });
    signal?.throwIfAborted();
    return await trainOnCounts(total.counts(), options);
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

/** Deals texts out to the workers, and gives how many there were. */
async function countTexts(
  texts: Iterable<string> | AsyncIterable<string>,
  workers: readonly CountingWorker[],
  { onProgress, signal }: TrainBpeOptions,
): Promise<number> {
  let batch: string[] = [];
  let characters = 0;
  let read = 0;
  const send = async () => {
    const worker = await Promise.race(workers.map((each) => each.ready()));
    worker.count(batch);
    batch = [];
    characters = 0;
    onProgress?.({ type: 'counting', texts: read, bytes: bytesOf(workers) });
  };
  for await (const text of texts) {
    signal?.throwIfAborted();
    batch.push(text);
    characters += text.length;
    read++;
    if (characters >= BATCH) await send();
  }
  if (batch.length > 0) await send();
  return read;
}

function bytesOf(workers: readonly CountingWorker[]): number {
  return workers.reduce((sum, worker) => sum + worker.bytes, 0);
}

/** One thread with a `PretokenCounter`, and how much it has to do. */
class CountingWorker {
  /** UTF-8 bytes counted so far. */
  bytes = 0;
  readonly #worker: Worker;
  #waiting = 0;
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
        this.#waiting--;
        this.#wake();
      });
    });
  }

  /** This worker, as soon as it can take another batch. */
  async ready(): Promise<this> {
    while (this.#waiting >= WAITING) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([woken, this.#failed]);
    }
    return this;
  }

  count(texts: readonly string[]): void {
    this.#waiting++;
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
