import { useBackend } from '@tinyllm/compute';
import { createGPT, saveModel } from '@tinyllm/model';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  readOptimizer,
  type Snapshot,
  type TrainEvent,
  type TrainOptions,
  train,
  warmupCosine,
  writeOptimizer,
} from './index';
import { randomTokens } from './testing/random-tokens';

const shape = { vocabSize: 16, blockSize: 8, nLayer: 1, nHead: 2, nEmbd: 16, dropout: 0.2 };
const schedule = warmupCosine({
  learningRate: 1e-2,
  minLearningRate: 1e-3,
  warmupIters: 3,
  lrDecayIters: 30,
});
const options: TrainOptions = {
  data: { train: randomTokens(16), validation: randomTokens(16, { seed: 2 }) },
  schedule,
  maxIters: 30,
  gradientAccumulationSteps: 2,
  evalInterval: 8,
  evalIters: 2,
  logInterval: 1,
  checkpointInterval: 5,
  seed: 3,
};

async function run(resume?: Snapshot, seed = 1) {
  const model = createGPT(shape, { seed });
  const events: TrainEvent[] = [];
  for await (const event of train(model, { ...options, resume })) events.push(event);
  return { events, parameters: (await saveModel(model)).safetensors };
}

const snapshotsOf = (events: TrainEvent[]): Snapshot[] =>
  events.flatMap((event) => (event.type === 'checkpoint' ? [event.snapshot] : []));

describe.each(['cpu', 'wasm'] as const)('a snapshot on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend, { threads: 2 });
  });

  it('is refused after JSON, which loses its Maps, and where values are missing, before anything has changed', async () => {
    const [snapshot] = snapshotsOf((await run()).events) as [Snapshot];
    const model = createGPT(shape, { seed: 1 });
    const before = (await saveModel(model)).safetensors;
    const [name, { shape: size, data }] = [...snapshot.parameters].at(-1) as [
      string,
      { shape: number[]; data: Float32Array },
    ];
    const short = new Map(snapshot.parameters).set(name, { shape: size, data: data.slice(1) });
    for (const resume of [JSON.parse(JSON.stringify(snapshot)), { ...snapshot, parameters: short }]) {
      const going = train(model, { ...options, resume }).next();
      await expect(going).rejects.toMatchObject({ code: 'train/snapshot-does-not-fit' });
    }
    expect((await saveModel(model)).safetensors).toEqual(before);
    const { safetensors } = await saveModel(model);
    expect(() => readOptimizer(safetensors)).toThrowError(
      expect.objectContaining({ code: 'train/no-optimizer' }),
    );
  });

  it('goes on bit for bit, from any of them, whatever the model was', async () => {
    const whole = await run();
    for (const snapshot of snapshotsOf(whole.events).slice(0, -1)) {
      const posted = structuredClone(snapshot); // what a worker's page gives back
      const filed = { ...posted, optimizer: readOptimizer(writeOptimizer(posted.optimizer)) }; // and what a file does
      const resumed = await run(filed, 99);
      expect(resumed.parameters).toEqual(whole.parameters);
      const from = whole.events.findIndex((e) => e.type === 'checkpoint' && e.snapshot === snapshot);
      expect(resumed.events).toEqual(whole.events.slice(from + 1));
    }
  });

  it('comes at its interval, after the best evaluations and before the end', async () => {
    const { events } = await run();
    const best = new Set<number>();
    let least = Number.POSITIVE_INFINITY;
    for (const event of events) {
      if (event.type !== 'evaluation' || (event.validation?.loss ?? 0) >= least) continue;
      least = event.validation?.loss ?? 0;
      if (event.step > 0) best.add(event.step);
    }
    const steps = snapshotsOf(events).map(({ progress }) => progress.step);
    expect(new Set(steps)).toEqual(new Set([5, 10, 15, 20, 25, 30, ...best]));
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    for (const event of events) {
      if (event.type === 'checkpoint') expect(event.best).toBe(best.has(event.step));
    }
  });

  it('is refused by a model of another shape, which stays as it was', async () => {
    const [snapshot] = snapshotsOf((await run()).events);
    const wide = createGPT({ ...shape, nEmbd: 32 }, { seed: 1 });
    const before = (await saveModel(wide)).safetensors;
    await expect(train(wide, { ...options, resume: snapshot }).next()).rejects.toMatchObject({
      code: 'train/snapshot-does-not-fit',
      message: expect.stringMatching(/wte.weight as \[16,16\], the model as \[16,32\]/),
    });
    expect((await saveModel(wide)).safetensors).toEqual(before);
  });
});
