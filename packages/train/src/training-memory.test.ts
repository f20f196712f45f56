import { memory } from '@tensorflow/tfjs-core';
import { useBackend } from '@tinyllm/compute';
import {
  createBigram,
  createGPT,
  disposeModel,
  type GPTOptions,
  gptConfig,
  llama,
  type Model,
} from '@tinyllm/model';
import { expect, it } from 'vitest';
import { adamw, leastTrainingMemory, type Optimizer, train, trainingMemory } from './index';

let fresh = 0;

/** Bytes to which the memory of a new wasm backend grows in two steps on a model of this shape. */
async function measured(
  options: GPTOptions,
  batchSize: number,
  gradientAccumulationSteps: number,
): Promise<number> {
  // a limit of its own: else the backend of the last shape would go on, with the memory it has
  await useBackend('wasm', { threads: 1, memoryLimit: 2 ** 31 + 65_536 * fresh++ });
  const model = createGPT(options, { seed: 1 });
  const { blockSize, vocabSize } = options;
  const ids = Int32Array.from({ length: batchSize * blockSize }, (_, i) => (i * 7) % vocabSize);
  const source = { batchSize, blockSize, batch: () => ({ x: ids, y: ids, batchSize, blockSize }) };
  const run = train(model, {
    data: { train: source },
    schedule: () => 1e-3,
    optimizer: adamw(),
    maxIters: 2,
    evalIters: 1,
    gradientAccumulationSteps,
  });
  for await (const _ of run) {
    // only what it takes is of interest
  }
  disposeModel(model);
  return (memory() as unknown as { bytesReserved: number }).bytesReserved;
}

const shape = { vocabSize: 512, blockSize: 128, nLayer: 4, nHead: 4, nEmbd: 128 } as const;

it.each<[string, GPTOptions, number, number]>([
  ['a GPT-2 whose batch is most of it', shape, 24, 1],
  [
    'a GPT-2 with dropout, a head of its own and accumulation',
    { ...shape, dropout: 0.1, tieEmbeddings: false },
    24,
    2,
  ],
  ["a GPT-2 of GPT-2's vocabulary", { ...shape, vocabSize: 50_257, nLayer: 2 }, 4, 1],
  ['a Llama', { ...shape, ...llama }, 24, 1],
  ['a Llama with grouped queries', { ...shape, ...llama, nKvHead: 2 }, 10, 1],
])(
  'the memory of training %s is known within a tenth before it starts',
  async (_name, options, batchSize, accumulation) => {
    const expected = trainingMemory(gptConfig(options), {
      batchSize,
      gradientAccumulationSteps: accumulation,
    });
    const seen = await measured(options, batchSize, accumulation);
    expect(Math.abs(expected / seen - 1)).toBeLessThan(0.1);
  },
);

it.each<[string, () => Model]>([
  ['a GPT', () => createGPT({ ...shape, vocabSize: 61, nLayer: 1, blockSize: 8 }, { seed: 1 })],
  ['a bigram', () => createBigram({ vocabSize: 61 }, { seed: 1 })],
])('an update of %s has what is said to be the least, on cpu', async (_name, create) => {
  await useBackend('cpu');
  const before = memory().numBytes;
  const model = create();
  const ids = Int32Array.from({ length: 8 }, (_, i) => i);
  const batch = { x: ids, y: ids, batchSize: 1, blockSize: 8 };
  const own = adamw();
  let seen = 0;
  const optimizer: Optimizer = {
    ...own,
    update(...step) {
      seen = memory().numBytes - before;
      return own.update(...step);
    },
  };
  const data = { train: { batchSize: 1, blockSize: 8, batch: () => batch } };
  for await (const _ of train(model, { data, schedule: () => 1e-3, optimizer, maxIters: 1, evalIters: 1 })) {
    // only the update is of interest
  }
  const least = leastTrainingMemory(model);
  disposeModel(model);
  expect(seen).toBeGreaterThanOrEqual(least);
  expect(seen).toBeLessThan(1.01 * least); // and scalars
});
