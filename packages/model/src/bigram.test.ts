import { tensor2d } from '@tensorflow/tfjs-core';
import { useBackend } from '@tinyllm/compute';
import { beforeAll, expect, it } from 'vitest';
import { createBigram, forward, languageModel, loadModel, loss, saveModel } from './index';

beforeAll(async () => {
  await useBackend('cpu');
});

it('has the table row of each id as its logits', async () => {
  const model = createBigram({ vocabSize: 5 }, { seed: 1 });
  const table = await model.params.token_embedding_table.weight.data();
  const logits = await forward(model, tensor2d([[3, 0]], [1, 2], 'int32')).data();
  expect([...logits]).toEqual([...table.subarray(15, 20), ...table.subarray(0, 5)]);
  const decoding = languageModel(model).decode(2);
  const rows = await decoding.append([Int32Array.of(1, 3), Int32Array.of()]);
  expect(rows).toEqual([table.slice(15, 20), undefined]);
  expect(decoding.lengths).toEqual([2, 0]);
});

it('has a first loss of ln V, and the −log softmax of its targets', async () => {
  const model = createBigram({ vocabSize: 65 }, { seed: 1 });
  const ids = tensor2d([[3, 0, 64]], [1, 3], 'int32');
  const value = (await loss(model, ids, tensor2d([[0, 64, 1]], [1, 3], 'int32')).data())[0] as number;
  expect(value).toBeCloseTo(Math.log(65), 1);
});

it('comes back as it was saved', async () => {
  const model = createBigram({ vocabSize: 7 }, { seed: 2 });
  const loaded = loadModel(await saveModel(model));
  expect(loaded).toMatchObject({ architecture: 'bigram', config: { vocabSize: 7 } });
  expect((await saveModel(loaded)).safetensors).toEqual((await saveModel(model)).safetensors);
});

it('refuses a vocabulary of none', () => {
  expect(() => createBigram({ vocabSize: 0 }, { seed: 1 })).toThrowError(
    /vocabSize must be a positive integer/,
  );
});
