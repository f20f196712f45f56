/** The worker thread of `node.ts`: counts the pre-tokens of the texts it is sent. */
import { parentPort, workerData } from 'node:worker_threads';
import { PretokenCounter, type PretokenCounts } from '../pretoken-counter';

export type CountRequest =
  | { readonly type: 'texts'; readonly texts: readonly string[] }
  | { readonly type: 'finish' };

export type CountAnswer =
  | { readonly type: 'counted'; readonly bytes: number }
  | { readonly type: 'counts'; readonly counts: PretokenCounts };

const counter = new PretokenCounter(workerData.pattern, workerData.specialTokens);

parentPort?.on('message', (request: CountRequest) => {
  if (request.type === 'texts') {
    for (const text of request.texts) counter.countText(text);
    answer({ type: 'counted', bytes: counter.bytes });
  } else {
    const counts = counter.counts();
    answer({ type: 'counts', counts }, [counts.arena.buffer, counts.starts.buffer, counts.counts.buffer]);
  }
});

function answer(message: CountAnswer, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}
