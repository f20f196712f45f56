/** The same seed trains to the same losses in Node and in a page, with any number of threads: nanoGPT's CPU size. */
import { useBackend } from '@tinyllm/compute';
import { createGPT, disposeModel } from '@tinyllm/model';
import { describe, expect, it } from 'vitest';
import { type Batch, type StepEvent, train, warmupCosine } from './index';

const [B, T, V] = [12, 64, 65];

/** Node's losses, one thread, without fused multiply-add. */
const lossesOfNode: readonly number[] = [
  4.231719, 4.060492, 3.7625859, 3.419436, 3.149524, 2.954555, 2.7812798, 2.6499045, 2.5429778, 2.4701908,
  2.4139009, 2.370625,
];

function batch(index: number): Batch {
  const ids = (shift: number): Int32Array =>
    Int32Array.from({ length: B * T }, (_, i) => (((i + shift) * 7919 + index * 31) >> 3) % V);
  return { x: ids(0), y: ids(1), batchSize: B, blockSize: T };
}

async function losses(threads: number): Promise<number[]> {
  await useBackend('wasm', { threads, relaxedSimd: true });
  const config = { vocabSize: V, blockSize: T, nLayer: 4, nHead: 4, nEmbd: 128, dropout: 0.1 };
  const model = createGPT({ ...config, mlp: 'gelu', bias: false }, { seed: 1 });
  const events = train(model, {
    data: { train: { batchSize: B, blockSize: T, batch } },
    schedule: warmupCosine({ learningRate: 1e-3, minLearningRate: 1e-4, warmupIters: 5, lrDecayIters: 12 }),
    maxIters: 12,
    evalIters: 1,
    logInterval: 1,
    seed: 3,
  });
  const steps: StepEvent[] = [];
  for await (const event of events) if (event.type === 'step') steps.push(event);
  disposeModel(model);
  return steps.map(({ loss }) => loss);
}

const hasThreads =
  typeof SharedArrayBuffer === 'function' &&
  (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== false;

describe.each(hasThreads ? [1, 2, 3] : [1])('wasm with %i threads', (threads) => {
  it('trains to the losses of one thread in Node within 1e-5, the same bits each time', async () => {
    const once = await losses(threads);
    expect(once).toHaveLength(lossesOfNode.length);
    for (const [i, loss] of once.entries())
      expect(Math.abs(loss / (lossesOfNode[i] as number) - 1)).toBeLessThan(1e-5);
    expect(await losses(threads)).toEqual(once);
  });
});
