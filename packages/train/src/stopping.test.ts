import { fill, memory } from '@tensorflow/tfjs-core';
import { useBackend } from '@tinyllm/compute';
import { createBigram, createGPT, saveModel } from '@tinyllm/model';
import { beforeAll, describe, expect, it } from 'vitest';
import { adamw, type BatchSource, type TrainEvent, type TrainOptions, train } from './index';
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

  it.each<[string, Partial<TrainOptions>]>([
    ['gradClip', { gradClip: Number.NaN }],
    ['gradClip', { gradClip: -1 }],
    ['maxLoss', { maxLoss: 0 }],
    ['targetLoss', { targetLoss: Number.NaN }],
    ['the learning rate of step 0', { schedule: () => Number.NaN }],
  ])('never with a %s out of its range, which is refused', async (field, options) => {
    await expect(run(options)).rejects.toMatchObject({
      code: 'config/invalid-field',
      message: expect.stringMatching(new RegExp(`^${field} must be a number`)),
    });
  });

  it('by no option that is undefined: it then has its default, and what has none is asked for', async () => {
    const unset = { optimizer: undefined, gradClip: undefined, evalIters: undefined, seed: undefined };
    expect(await run({ ...unset, maxIters: 20 } as unknown as TrainOptions)).toEqual(
      await run({ maxIters: 20, evalIters: 20 }),
    );
    await expect(run({ maxIters: undefined } as unknown as TrainOptions)).rejects.toMatchObject({
      code: 'config/invalid-field',
      message: 'maxIters must be a positive integer, but is undefined.',
    });
    await expect(run({ seed: 0.5 })).rejects.toMatchObject({ code: 'config/invalid-field' });
  });

  it('by its signal also in an evaluation, which lets others work', async () => {
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    const events = await run({ signal: controller.signal, evalIters: 1_000_000 });
    expect(events.map(({ type }) => type)).toEqual(['end']);
  });

  it.each([{ beta1: 1 }, { beta2: 1 }, { beta1: -0.1 }, { epsilon: 0 }, { weightDecay: Number.NaN }])(
    'never with AdamW of %o, which is refused',
    (options) => {
      expect(() => adamw(options)).toThrowError(expect.objectContaining({ code: 'config/invalid-field' }));
    },
  );

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

const noWebGPU = await useBackend('webgpu').then(
  () => undefined,
  (error: Error) => error.message,
);

describe.each(['cpu' as const, ...(noWebGPU ? [] : ['webgpu' as const])])('on %s, a bad step', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  const broken = { data: { train: withSurprise(31) }, maxLoss: 3.5, schedule: () => 0.2, maxIters: 40 };

  it('ends the run, naming the step and its batches, before it reaches the model', async () => {
    const model = createBigram({ vocabSize: 16 }, { seed: 1 });
    const before = createBigram({ vocabSize: 16 }, { seed: 1 });
    for await (const _ of train(before, { ...base, ...broken, maxIters: 31 }));
    const failing = (async () => {
      for await (const _ of train(model, { ...base, ...broken }));
    })();
    await expect(failing).rejects.toMatchObject({
      code: 'train/bad-step',
      message: expect.stringMatching(/^Step 31 \(batch 31\) has the loss \d.+at most 3\.50.+skipBadSteps/),
    });
    expect((await saveModel(model)).safetensors).toEqual((await saveModel(before)).safetensors);
  });

  it('is skipped and counted where that is asked for', async () => {
    const events = await run({ ...broken, skipBadSteps: true, checkpointInterval: 400 });
    expect(events.filter(({ type }) => type === 'skipped')).toEqual([
      expect.objectContaining({ step: 31, batches: [31, 31] }),
    ]);
    const checkpoint = events.findLast((event) => event.type === 'checkpoint');
    expect(checkpoint?.snapshot.progress).toMatchObject({ step: 40, skippedSteps: 1, tokensSeen: 39 * 64 });
    expect(checkpoint?.snapshot.optimizer.step).toBe(39);
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

describe.skipIf(noWebGPU)(`webgpu${noWebGPU ? ` (${noWebGPU})` : ''}`, () => {
  /** What is yielded, and the last batch that had been asked for by then. */
  async function watch(backend: 'cpu' | 'webgpu'): Promise<{ seen: string[]; asked: number[] }> {
    await useBackend(backend);
    let last = -1;
    const source = randomTokens(16);
    const batch = (index: number) => {
      last = Math.max(last, index);
      return source.batch(index);
    };
    const data = { train: { ...source, batch }, trainSample: source };
    const model = createBigram({ vocabSize: 16 }, { seed: 1 });
    const seen: string[] = [];
    const asked: number[] = [];
    const options = { ...base, data, maxIters: 12, evalInterval: 5, checkpointInterval: 4 };
    for await (const event of train(model, options)) {
      seen.push(`${event.type} ${'step' in event ? event.step : ''}`);
      if (event.type === 'step') asked.push(last);
    }
    return { seen, asked };
  }

  it('tells the same in the same order as cpu, of a step when the card has the next', async () => {
    const cpu = await watch('cpu');
    const webgpu = await watch('webgpu');
    expect(webgpu.seen).toEqual(cpu.seen);
    expect(cpu.asked).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    // nothing is launched before an evaluation (5, 10, 12) or a checkpoint (4, 8, 12) that follows
    expect(webgpu.asked).toEqual([1, 2, 3, 3, 4, 6, 7, 7, 9, 9, 11, 11]);
  });

  it('keeps nothing but the model, however it is left', async () => {
    await useBackend('webgpu');
    const model = createBigram({ vocabSize: 16 }, { seed: 1 });
    const before = memory().numTensors;
    for await (const event of train(model, base)) if (event.type === 'step' && event.step === 2) break;
    expect(memory().numTensors).toBe(before);
  });
});
