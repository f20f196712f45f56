import { createRandom } from '@tinyllm/common';
import { useBackend } from '@tinyllm/compute';
import { createBigram, createGPT } from '@tinyllm/model';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BatchSource, evaluate, evaluateText } from './index';

const random = createRandom(1);
const ids = Uint16Array.from({ length: 101 }, () => random.integer(12));
const gpt = () => createGPT({ vocabSize: 12, blockSize: 16, nLayer: 2, nHead: 2, nEmbd: 8 }, { seed: 1 });

/** The loss of predicting token `n` from the `context` tokens before it, by the loss that training minimizes. */
async function lossAt(model: ReturnType<typeof gpt>, n: number, context: number): Promise<number> {
  const x = Int32Array.from(ids.slice(n - context, n));
  const y = new Int32Array(context).fill(-1);
  y[context - 1] = ids[n] as number;
  const source: BatchSource = {
    batchSize: 1,
    blockSize: context,
    batch: () => ({ x, y, batchSize: 1, blockSize: context }),
  };
  return (await evaluate(model, source, 1)).loss;
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

beforeAll(async () => {
  await useBackend('cpu');
});

describe('evaluateText', () => {
  it.each([16, 5, 1])('predicts each token once, from a window that moves by %d', async (stride) => {
    const model = gpt();
    const expected: number[] = [];
    const byPosition: number[][] = Array.from({ length: 16 }, () => []);
    for (let n = 1; n < ids.length; n++) {
      const start = stride * Math.max(0, Math.ceil((n - 16) / stride)); // the first window that has it
      const loss = await lossAt(model, n, n - start);
      expected.push(loss);
      byPosition[n - start - 1]?.push(loss);
    }
    const found = await evaluateText(model, ids, { stride });
    expect(found.tokens).toBe(100);
    expect(found.loss).toBeCloseTo(mean(expected), 5);
    for (const [t, losses] of byPosition.entries()) {
      if (losses.length > 0) expect(found.lossByPosition[t]).toBeCloseTo(mean(losses), 5);
      else expect(found.lossByPosition[t]).toBeNaN();
    }
  });

  it('knows how often the token was likeliest, or among five: of a table, by counting', async () => {
    const model = createBigram({ vocabSize: 12 }, { seed: 1 });
    const table = await model.params.token_embedding_table.weight.array();
    const ranks = Array.from({ length: 100 }, (_, n) => {
      const row = table[ids[n] as number] as number[];
      return row.filter((logit) => logit > (row[ids[n + 1] as number] as number)).length;
    });
    const { accuracy } = await evaluateText(model, ids);
    expect(accuracy.top1).toBeCloseTo(ranks.filter((rank) => rank < 1).length / 100, 12);
    expect(accuracy.top5).toBeCloseTo(ranks.filter((rank) => rank < 5).length / 100, 12);
  });

  it.each([{ stride: 17 }, { stride: 0 }, { blockSize: 17 }])('refuses %j', async (options) => {
    await expect(evaluateText(gpt(), ids, options)).rejects.toMatchObject({ code: 'config/invalid-field' });
  });

  it('refuses one token', async () => {
    await expect(evaluateText(gpt(), ids.slice(0, 1))).rejects.toMatchObject({
      code: 'train/text-too-short',
    });
  });
});
