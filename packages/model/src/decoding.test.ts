import { memory, tensor2d } from '@tensorflow/tfjs-core';
import { createRandom } from '@tinyllm/common';
import { useBackend } from '@tinyllm/compute';
import { describe, expect, it } from 'vitest';
import { createGPT, forward, type GPT, type GPTOptions, languageModel, llama } from './index';

const config = { vocabSize: 65, blockSize: 40, nLayer: 3, nHead: 4, nEmbd: 32 };

const grouped = { ...config, ...llama, nKvHead: 2, tieEmbeddings: false } as const;
const families: [string, GPTOptions][] = [
  ['GPT-2', config],
  ['Llama', grouped],
  ['a mixture', { ...config, norm: 'rms', qkNorm: true, nKvHead: 1, ropeTheta: 500, mlp: 'swiglu' }],
];

const model = (options: GPTOptions = config): GPT => createGPT(options, { seed: 1 });

function idsOf(seed: number, length = config.blockSize): Int32Array {
  const random = createRandom(seed);
  return Int32Array.from({ length }, () => random.integer(config.vocabSize));
}

/** Logits after every position, without a cache. */
async function uncached(gpt: GPT, ids: Int32Array): Promise<Float32Array[]> {
  const logits = forward(gpt, tensor2d(ids, [1, ids.length], 'int32'));
  const values = (await logits.data()) as Float32Array;
  logits.dispose();
  return Array.from(ids, (_, t) => values.slice(t * config.vocabSize, (t + 1) * config.vocabSize));
}

function expectClose(actual: Float32Array | undefined, expected: Float32Array | undefined): void {
  expect(actual?.length).toBe(config.vocabSize);
  const worst = Math.max(...(actual ?? []).map((x, i) => Math.abs(x - (expected?.[i] ?? Number.NaN))));
  expect(worst).toBeLessThan(1e-5);
}

describe.each(['cpu', 'wasm'] as const)('decoding on %s', (backend) => {
  it.each(families)(
    'gives the logits of the whole window of %s at every position, one by one and after a prompt',
    async (_, options) => {
      await useBackend(backend);
      const gpt = model(options);
      const ids = idsOf(1);
      const expected = await uncached(gpt, ids);
      for (const prompt of [1, 7, 33, 40]) {
        const decoding = languageModel(gpt).decode();
        expectClose((await decoding.append([ids.slice(0, prompt)]))[0], expected[prompt - 1]);
        for (let t = prompt; t < ids.length; t++) {
          expectClose((await decoding.append([ids.slice(t, t + 1)]))[0], expected[t]);
        }
        expect(decoding.lengths).toEqual([ids.length]);
        decoding.dispose();
      }
    },
  );

  it.each(families)('reads rows of %s of different lengths, each as if it were alone', async (_, options) => {
    await useBackend(backend);
    const gpt = model(options);
    const texts = [idsOf(1), idsOf(2), idsOf(3)] as const;
    const expected = await Promise.all(texts.map((ids) => uncached(gpt, ids)));
    const decoding = languageModel(gpt).decode(texts.length);
    const read = [0, 0, 0];
    for (const counts of [
      [5, 0, 17],
      [0, 0, 0],
      [1, 9, 1],
      [1, 1, 1],
      [0, 1, 0],
      [12, 20, 2],
    ]) {
      const parts = texts.map((ids, row) => ids.slice(read[row], (read[row] ?? 0) + (counts[row] ?? 0)));
      const rows = await decoding.append(parts);
      for (const [row, count] of counts.entries()) {
        read[row] = (read[row] ?? 0) + count;
        if (count === 0) expect(rows[row]).toBeUndefined();
        else expectClose(rows[row], expected[row]?.[(read[row] ?? 0) - 1]);
      }
      expect(decoding.lengths).toEqual(read);
    }
  });

  it('past the window, a truncated row reads again what it keeps, as if that were all', async () => {
    await useBackend(backend);
    const gpt = model();
    const ids = idsOf(4, 60);
    const decoding = languageModel(gpt).decode();
    await decoding.append([ids.slice(0, 40)]);
    decoding.truncate(0, 0);
    expectClose((await decoding.append([ids.slice(21, 60)]))[0], (await uncached(gpt, ids.slice(21))).at(-1));
    decoding.truncate(0, 10);
    expectClose(
      (await decoding.append([ids.slice(0, 5)]))[0],
      (await uncached(gpt, Int32Array.of(...ids.slice(21, 31), ...ids.slice(0, 5)))).at(-1),
    );
  });

  it('refuses what it cannot read, and reads nothing of it', async () => {
    await useBackend(backend);
    const decoding = languageModel(model()).decode(2);
    const ids = idsOf(5);
    await decoding.append([ids.slice(0, 39), ids.slice(0, 1)]);
    for (const [rows, code] of [
      [[ids.slice(0, 2), ids.slice(0, 1)], 'model/window-full'],
      [[ids.slice(0, 1)], 'model/rows-mismatch'],
      [[Int32Array.of(), Int32Array.of(65)], 'model/id-outside-vocabulary'],
      [[Int32Array.of(), Int32Array.of(-1)], 'model/id-outside-vocabulary'],
    ] as const) {
      await expect(decoding.append(rows)).rejects.toMatchObject({ code });
      expect(decoding.lengths).toEqual([39, 1]);
    }
    for (const [row, length] of [
      [2, 0],
      [0, 40],
      [0, -1],
    ] as const) {
      expect(() => decoding.truncate(row, length)).toThrowError(
        expect.objectContaining({ code: 'model/rows-mismatch' }),
      );
    }
  });

  it('keeps no tensor but its cache, and that until it is disposed', async () => {
    await useBackend(backend);
    const gpt = model();
    const before = memory().numTensors;
    const decoding = languageModel(gpt).decode();
    const { numTensors } = memory();
    expect(numTensors).toBe(before + 2 * config.nLayer);
    await decoding.append([idsOf(1, 9)]);
    await decoding.append([idsOf(1, 1)]);
    expect(memory().numTensors).toBe(numTensors);
    decoding.dispose();
    expect(memory().numTensors).toBe(before);
  });
});

it.each([2000, 900, 600])(
  'without memory for the caches of %d texts, decoding keeps none of them',
  async (rows) => {
    await useBackend('wasm', { threads: 1, memoryLimit: 2 ** 24 });
    const gpt = model();
    const { numTensors, numBytes } = memory();
    expect(() => languageModel(gpt).decode(rows)).toThrowError(
      expect.objectContaining({ code: 'compute/out-of-memory' }),
    );
    expect(memory()).toMatchObject({ numTensors, numBytes });
    languageModel(gpt).decode(300).dispose();
  },
);
