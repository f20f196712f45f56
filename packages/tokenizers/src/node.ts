/** What needs Node: training with pre-tokens counted on several threads. */
import { availableParallelism } from 'node:os';
import { macrotask } from '@tinyllm/common';
import type { BPETokenizer } from './bpe-tokenizer';
import { CountingWorker } from './node/counting-worker';
import { PretokenCounter } from './pretoken-counter';
import { checkText, checkTexts, checkVocabSize, type TrainBpeOptions, trainOnCounts } from './train-bpe';

export interface ThreadedTrainBpeOptions extends TrainBpeOptions {
  /** Threads that count at once. Default: as many as the machine runs at once. */
  readonly threads?: number;
}

/** Characters counted, or sent to a worker, at a time. */
const BATCH = 1 << 20;
/** UTF-8 bytes counted before workers are started: a worker takes as long to start and to warm up. */
const ALONE = 1 << 24;

/**
 * `trainBpe` with pre-tokens counted on worker threads once the texts prove long (16 MiB): the same tokenizer,
 * whatever the number of threads.
 */
export async function trainBpe(
  texts: Iterable<string> | AsyncIterable<string>,
  options: ThreadedTrainBpeOptions,
): Promise<BPETokenizer> {
  checkVocabSize(options);
  checkTexts(texts);
  const {
    pattern = 'gpt2',
    specialTokens = [],
    threads = availableParallelism(),
    onProgress,
    signal,
  } = options;
  const counter = new PretokenCounter(pattern, specialTokens);
  const workers: CountingWorker[] = [];
  let read = 0;
  const report = () => {
    const bytes = workers.reduce((sum, worker) => sum + worker.bytes, counter.bytes);
    onProgress?.({ type: 'counting', texts: read, bytes });
  };

  signal?.throwIfAborted();
  try {
    for await (const batch of batches(texts)) {
      if (threads < 2 || counter.bytes < ALONE) {
        for (const text of batch) counter.countText(text);
        await macrotask();
      } else {
        const worker = await freeWorker(
          workers,
          threads,
          () => new CountingWorker({ pattern, specialTokens }),
        );
        worker.count(batch);
      }
      read += batch.length;
      report();
      signal?.throwIfAborted();
    }
    for (const counts of await Promise.all(workers.map((worker) => worker.finish())))
      counter.addCounts(counts);
    report();
    signal?.throwIfAborted();
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
  return trainOnCounts(counter.counts(), options);
}

/** Texts together until they have `BATCH` characters. */
async function* batches(texts: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string[], void> {
  let batch: string[] = [];
  let characters = 0;
  for await (const text of texts) {
    checkText(text);
    batch.push(text);
    characters += text.length;
    if (characters < BATCH) continue;
    yield batch;
    batch = [];
    characters = 0;
  }
  if (batch.length > 0) yield batch;
}

/** A worker with nothing to do, else a new one, else, of `threads` workers, the first that has room. */
async function freeWorker(
  workers: CountingWorker[],
  threads: number,
  create: () => CountingWorker,
): Promise<CountingWorker> {
  const idle = workers.find((worker) => worker.waiting === 0);
  if (idle !== undefined) return idle;
  if (workers.length === threads) return Promise.race(workers.map((worker) => worker.ready()));
  const worker = create();
  workers.push(worker);
  return worker;
}
