import { fill } from '@tensorflow/tfjs-core';
import { useBackend } from '@tinyllm/compute';
import { createBigram, createGPT, saveModel } from '@tinyllm/model';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BatchSource, type TrainEvent, type TrainOptions, train } from './index';
import { oneBatch, randomTokens } from './testing/random-tokens';

const base: TrainOptions = {
  data: { train: oneBatch(randomTokens(16)) },
  schedule: () => 1e-2,
  maxIters: 400,
  evalInterval: 10,
  evalIters: 1,
  logInterval: 1,
};

async function run(options: Partial<TrainOptions>): Promise<TrainEvent[]> {
  const model = createBigram({ vocabSize: 16 }, { seed: 1 });
  const events: TrainEvent[] = [];
  for await (const event of train(model, { ...base, ...options })) events.push(event);
  return events;
}

const evaluations = (events: TrainEvent[]) => events.filter((event) => event.type === 'evaluation');

beforeAll(async () => {
  await useBackend('cpu');
});

describe('train stops', () => {
  it('at a number of tokens, evaluated, though no evaluation was due', async () => {
    const events = await run({ maxTokens: 1000 }); // steps of 64 tokens
    expect(events.at(-1)).toEqual({ type: 'end', step: 16, reason: 'max-tokens' });
    expect(evaluations(events).map(({ step }) => step)).toEqual([0, 10, 16]);
  });

  it('at a loss', async () => {
    const events = await run({ targetLoss: 2.5 });
    expect(events.at(-1)).toMatchObject({ type: 'end', reason: 'target-loss' });
    const losses = evaluations(events).map((event) => event.train.loss);
    expect(losses.at(-1)).toBeLessThanOrEqual(2.5);
    expect(losses.slice(0, -1).every((loss) => loss > 2.5)).toBe(true);
  });

  it('when validation no longer improves', async () => {
    const validation = randomTokens(16, { seed: 2 }); // learning a batch by heart makes these worse
    const events = await run({ data: { ...base.data, validation }, patience: 3 });
    const losses = evaluations(events).map((event) => event.validation?.loss as number);
    const best = losses.indexOf(Math.min(...losses));
    expect(events.at(-1)).toEqual({ type: 'end', step: 10 * (best + 3), reason: 'no-improvement' });
  });

  it.each(['maxTokens', 'patience', 'checkpointInterval'])(
    'never with %s 0, which is refused',
    async (field) => {
      await expect(run({ [field]: 0 })).rejects.toMatchObject({ code: 'config/invalid-field' });
    },
  );
});

/** A source whose batch `bad` teaches wrong ids for sure, once the model has learned the others by heart. */
function withSurprise(bad: number): BatchSource {
  const source = oneBatch(randomTokens(16));
  const { x, y, ...size } = source.batch(0);
  const surprise = { ...size, x, y: y.map((id) => (id + 1) % 16) };
  return { ...size, batch: (index) => (index === bad ? surprise : source.batch(0)) };
}

describe('a bad step', () => {
  const broken = { data: { train: withSurprise(301) }, maxLoss: 3.5, schedule: () => 3e-2, maxIters: 310 };

  it('ends the run, naming the step and its batches, before it reaches the model', async () => {
    const model = createBigram({ vocabSize: 16 }, { seed: 1 });
    const before = createBigram({ vocabSize: 16 }, { seed: 1 });
    for await (const _ of train(before, { ...base, ...broken, maxIters: 301 }));
    const failing = (async () => {
      for await (const _ of train(model, { ...base, ...broken }));
    })();
    await expect(failing).rejects.toMatchObject({
      code: 'train/bad-step',
      message: expect.stringMatching(/^Step 301 \(batch 301\) has the loss \d.+at most 3\.50.+skipBadSteps/),
    });
    expect((await saveModel(model)).safetensors).toEqual((await saveModel(before)).safetensors);
  });

  it('is skipped and counted where that is asked for', async () => {
    const events = await run({ ...broken, skipBadSteps: true, checkpointInterval: 400 });
    expect(events.filter(({ type }) => type === 'skipped')).toEqual([
      expect.objectContaining({ step: 301, batches: [301, 301] }),
    ]);
    const checkpoint = events.findLast((event) => event.type === 'checkpoint');
    expect(checkpoint?.snapshot.progress).toMatchObject({ step: 310, skippedSteps: 1, tokensSeen: 309 * 64 });
    expect(checkpoint?.snapshot.optimizer.step).toBe(309);
  });

  it('is one whose loss is not a number; ten in a row cannot be skipped, for the model is broken', async () => {
    const model = createGPT({ vocabSize: 16, blockSize: 8, nLayer: 1, nHead: 1, nEmbd: 4 }, { seed: 1 });
    const { weight } = model.params.ln_f;
    weight.assign(fill(weight.shape, Number.NaN));
    const events: TrainEvent[] = [];
    const failing = (async () => {
      for await (const event of train(model, { ...base, skipBadSteps: true })) events.push(event);
    })();
    await expect(failing).rejects.toMatchObject({
      code: 'train/bad-step',
      message: expect.stringMatching(/^Step 10 .+the loss NaN.+10 steps before it were skipped/),
    });
    expect(events.filter(({ type }) => type === 'skipped')).toHaveLength(10);
  });
});
