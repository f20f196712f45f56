/** A worker of a page that trains a small GPT until a step, from its beginning or from a snapshot. */
import { useBackend } from '@tinyllm/compute';
import { createGPT } from '@tinyllm/model';
import { type Snapshot, train, warmupCosine } from '../index';
import { randomTokens } from './random-tokens';

export interface WorkerTask {
  readonly maxIters: number;
  readonly resume?: Snapshot;
}

export interface WorkerAnswer {
  /** By step. */
  readonly losses: readonly number[];
  /** After the last step. */
  readonly snapshot: Snapshot | undefined;
}

const [B, T, V] = [4, 16, 32];

async function run({ maxIters, resume }: WorkerTask): Promise<WorkerAnswer> {
  await useBackend('wasm', { threads: 2 });
  const config = { vocabSize: V, blockSize: T, nLayer: 2, nHead: 2, nEmbd: 32, dropout: 0.1 };
  const events = train(createGPT(config, { seed: resume === undefined ? 1 : 2 }), {
    data: { train: randomTokens(V, { batchSize: B, blockSize: T }) },
    schedule: warmupCosine({ learningRate: 1e-2, minLearningRate: 1e-3, warmupIters: 2, lrDecayIters: 12 }),
    maxIters,
    evalIters: 1,
    logInterval: 1,
    checkpointInterval: 6,
    resume,
    seed: 3,
  });
  const losses: number[] = [];
  let snapshot: Snapshot | undefined;
  for await (const event of events) {
    if (event.type === 'step') losses.push(event.loss);
    if (event.type === 'checkpoint') snapshot = event.snapshot;
  }
  return { losses, snapshot };
}

globalThis.addEventListener('message', async ({ data }: MessageEvent<WorkerTask>) => {
  globalThis.postMessage(await run(data));
});
