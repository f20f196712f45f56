/** A run that a worker of a page began goes on in another, bit for bit. */
import { expect, it } from 'vitest';
import type { WorkerAnswer, WorkerTask } from './testing/worker';

/** What a new worker answers to a task. Its snapshots come by message, as a page would keep them. */
async function inWorker(task: WorkerTask): Promise<WorkerAnswer> {
  const worker = new Worker(new URL('./testing/worker.ts', import.meta.url), { type: 'module' });
  const answer = await new Promise<WorkerAnswer>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(task);
  });
  worker.terminate();
  return answer;
}

it('resumes in a browser worker, bit for bit', async () => {
  const whole = await inWorker({ maxIters: 12 });
  expect(whole.losses).toHaveLength(12);
  const begun = await inWorker({ maxIters: 6 });
  expect(begun.snapshot?.progress.step).toBe(6);
  const resumed = await inWorker({ maxIters: 12, ...(begun.snapshot && { resume: begun.snapshot }) });
  expect([...begun.losses, ...resumed.losses]).toEqual(whole.losses);
  expect(resumed.snapshot).toEqual(whole.snapshot);
});
