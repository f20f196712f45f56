import { memory } from '@tensorflow/tfjs-core';
import { useBackend } from '@tinyllm/compute';
import { createGPT } from '@tinyllm/model';
import { expect, it } from 'vitest';
import { train, warmupConstant } from './index';
import { oneBatch, randomTokens } from './testing/random-tokens';

it('a step that does not fit into memory leaves nothing there: a smaller one then does', async () => {
  await useBackend('wasm', { threads: 1, memoryLimit: 24 * 2 ** 20 });
  const model = createGPT({ vocabSize: 64, blockSize: 64, nLayer: 2, nHead: 2, nEmbd: 64 }, { seed: 1 });
  const before = memory();
  const trainOn = async (batchSize: number): Promise<void> => {
    const source = oneBatch(randomTokens(64, { batchSize, blockSize: 64 }));
    const schedule = warmupConstant({ learningRate: 1e-3, warmupIters: 0 });
    for await (const _ of train(model, {
      data: { train: source },
      schedule,
      maxIters: 2,
      evalInterval: 10,
      evalIters: 1,
    }));
  };
  for (let i = 0; i < 3; i++) {
    await expect(trainOn(64)).rejects.toMatchObject({ code: 'compute/out-of-memory' });
    expect(memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
  }
  await trainOn(4);
});
