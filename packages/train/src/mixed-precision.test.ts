import { noMixedPrecision, type Precision, precisions, useBackend } from '@tinyllm/compute';
import { createGPT, disposeModel } from '@tinyllm/model';
import { describe, expect, it } from 'vitest';
import { evaluate, type Snapshot, type StepEvent, type TrainOptions, train } from './index';
import { randomTokens } from './testing/random-tokens';

const shape = { vocabSize: 16, blockSize: 8, nLayer: 1, nHead: 2, nEmbd: 16, dropout: 0.2 };
const options: TrainOptions = {
  data: { train: randomTokens(16) },
  schedule: () => 1e-2,
  maxIters: 6,
  evalInterval: 6,
  evalIters: 1,
  logInterval: 1,
  checkpointInterval: 3,
  precision: 'mixed',
};

interface Run {
  readonly losses: readonly number[];
  readonly snapshots: readonly Snapshot[];
}

async function run(given: Partial<TrainOptions>, seed = 1): Promise<Run> {
  const model = createGPT(shape, { seed });
  const steps: StepEvent[] = [];
  const snapshots: Snapshot[] = [];
  for await (const event of train(model, { ...options, ...given })) {
    if (event.type === 'step') steps.push(event);
    if (event.type === 'checkpoint') snapshots.push(event.snapshot);
  }
  disposeModel(model);
  return { losses: steps.map(({ loss }) => loss), snapshots };
}

describe.each(['cpu', 'wasm'] as const)('mixed precision on %s', (backend) => {
  it('is refused before anything happens', async () => {
    await useBackend(backend);
    await expect(run({})).rejects.toMatchObject({ code: 'compute/no-mixed-precision' });
    const model = createGPT(shape, { seed: 1 });
    const evaluation = evaluate(model, randomTokens(16), 1, { precision: 'mixed' });
    await expect(evaluation).rejects.toMatchObject({ code: 'compute/no-mixed-precision' });
    disposeModel(model);
  });
});

const others = ['webgpu', 'tensorflow'] as const;

/** Why a backend is not here, even in software, or has no mixed precision. */
async function reasonsOf(name: (typeof others)[number]): Promise<Record<Precision, string | undefined>> {
  return useBackend(name).then(
    () => ({ float32: undefined, mixed: noMixedPrecision() }),
    ({ message }: Error) => ({ float32: message, mixed: message }),
  );
}
const missing = { webgpu: await reasonsOf('webgpu'), tensorflow: await reasonsOf('tensorflow') };

const titles = { float32: 'in float32', mixed: 'in mixed precision' } as const;

describe.each(others)('on %s', (name) => {
  describe.each(precisions)('in %s', (precision) => {
    const reason = missing[name][precision];

    it.skipIf(reason)(
      `${name} ${titles[precision]} goes on bit for bit from a snapshot${reason ? ` (${reason})` : ''}`,
      async () => {
        await useBackend(name);
        const whole = await run({ precision });
        const [middle, end] = whole.snapshots as [Snapshot, Snapshot];
        expect(end.parameters).not.toEqual(middle.parameters);
        const resumed = await run({ precision, resume: middle }, 99);
        expect(resumed.losses).toEqual(whole.losses.slice(3));
        expect(resumed.snapshots).toEqual([end]);
        for (const { data } of middle.parameters.values()) expect(data).toBeInstanceOf(Float32Array);
      },
      120_000,
    ); // software cards compile slowly
  });

  it.skipIf(missing[name].mixed)(
    `${name} in mixed precision loses within 1e-2 what it does in float32, and rounds`,
    async () => {
      await useBackend(name);
      const [{ losses }, mixed] = [await run({ precision: 'float32' }), await run({})];
      expect(mixed.losses).not.toEqual(losses);
      for (const [i, loss] of losses.entries()) {
        expect(Math.abs((mixed.losses[i] as number) / loss - 1)).toBeLessThan(1e-2);
      }
    },
    120_000,
  );
});
