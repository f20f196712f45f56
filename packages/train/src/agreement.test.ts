/** One seed, several backends: the same batches, the same dropout, the same losses. */
import { type BackendName, useBackend } from '@tinyllm/compute';
import { createGPT, disposeModel } from '@tinyllm/model';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BatchSource, train } from './index';

const [B, T, V] = [4, 16, 61];
const shape = { vocabSize: V, blockSize: T, nLayer: 2, nHead: 2, nEmbd: 32, dropout: 0.2 };

/** Windows of a sequence that can be learnt. */
const source: BatchSource = {
  batchSize: B,
  blockSize: T,
  batch(index) {
    const ids = (shift: number) =>
      Int32Array.from({ length: B * T }, (_, i) => (index * 7 + i + shift) ** 2 % V);
    return { x: ids(0), y: ids(1), batchSize: B, blockSize: T };
  },
};

async function losses(backend: BackendName): Promise<number[]> {
  await useBackend(backend);
  const model = createGPT(shape, { seed: 1 });
  const found: number[] = [];
  const events = train(model, {
    data: { train: source },
    schedule: () => 1e-2,
    maxIters: 20,
    evalInterval: 20,
    evalIters: 1,
    logInterval: 1,
    seed: 5,
  });
  for await (const event of events) if (event.type === 'step') found.push(event.loss);
  disposeModel(model);
  return found;
}

/** The backend, where this machine has it: a graphics card, be it software, or native TensorFlow. */
const ifHere = (name: BackendName): Promise<BackendName[]> =>
  useBackend(name).then(
    () => [name],
    () => [],
  );
const others = [...(await ifHere('webgpu')), ...(await ifHere('tensorflow'))];

describe.each(['wasm' as const, ...others])('%s', (backend) => {
  let expected: number[];

  beforeAll(async () => {
    expected = await losses('cpu');
  });

  it('loses within 1e-3 what cpu loses, 20 steps long, with dropout', async () => {
    const found = await losses(backend);
    expect(found).toHaveLength(20);
    expect(expected.at(-1)).toBeLessThan(0.9 * (expected[0] as number)); // it learns
    for (const [i, loss] of found.entries()) {
      expect(Math.abs(loss / (expected[i] as number) - 1)).toBeLessThan(1e-3);
    }
  });
});
