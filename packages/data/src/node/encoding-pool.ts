/** Threads that encode blocks, and give them back in order. */
import { Worker } from 'node:worker_threads';
import { TinyllmError } from '@tinyllm/common';
import type { TextBlock } from './blocks-of-text';
import type { EncodeAnswer, EncodeRequest, EncodeSettings } from './encode-worker';

/** Blocks a thread may have: one that it encodes and one that waits. A bound on memory. */
const BLOCKS_PER_THREAD = 2;

/** A block and its token ids. */
export interface EncodedBlock {
  readonly block: TextBlock;
  readonly ids: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  /** Documents that end in the block. */
  readonly documents: number;
}

/** Encodes `blocks` on `threads` threads, in order. The threads end when the iteration does. */
export async function* encodeInOrder(
  blocks: AsyncIterable<TextBlock>,
  settings: EncodeSettings,
  threads: number,
): AsyncGenerator<EncodedBlock, void, undefined> {
  const workers: EncodingWorker[] = [];
  const encoding: Promise<EncodedBlock>[] = [];
  try {
    let sent = 0;
    for await (const block of blocks) {
      const turn = sent++ % threads;
      workers[turn] ??= new EncodingWorker(settings);
      const encoded = workers[turn].encode(block);
      encoded.catch(() => {}); // told when it is its turn, or to nobody when the iteration has ended
      encoding.push(encoded);
      if (encoding.length >= threads * BLOCKS_PER_THREAD)
        yield await (encoding.shift() as Promise<EncodedBlock>);
    }
    for (const next of encoding) yield await next;
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

/** One thread, as the thread that feeds it sees it. */
class EncodingWorker {
  readonly #worker: Worker;
  /** Who waits for the answers, in the order of the requests. */
  readonly #waiting: { resolve(answer: EncodeAnswer): void; reject(error: Error): void }[] = [];

  constructor(workerData: EncodeSettings) {
    this.#worker = new Worker(new URL('./encode-worker.js', import.meta.url), { workerData });
    this.#worker.on('message', (answer: EncodeAnswer) => this.#waiting.shift()?.resolve(answer));
    this.#worker.on('error', (error) => {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
  }

  async encode(block: TextBlock): Promise<EncodedBlock> {
    const { texts, ends } = block;
    const answer = await new Promise<EncodeAnswer>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage({ texts, ends } satisfies EncodeRequest);
    });
    if (answer.type === 'encoded') return { block, ids: answer.ids, documents: answer.documents };
    throw new TinyllmError(answer.code ?? 'data/encoder-failed', answer.message);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
