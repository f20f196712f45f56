/** PyTorch running nanoGPT's model for 100 steps on Tiny Shakespeare: ours must do what it did. */
import { type Tensor, tensor2d, variableGrads } from '@tensorflow/tfjs-core';
import { type BackendName, noMixedPrecision, type Precision, useBackend } from '@tinyllm/compute';
import {
  createModel,
  disposeModel,
  flattenParameters,
  forward,
  type GPT,
  gptConfig,
  loss,
  readSafetensors,
  type StoredTensor,
} from '@tinyllm/model';
import { beforeAll, describe, expect, it } from 'vitest';
import { adamw, type Batch, type StepEvent, train, warmupCosine } from './index';
import { sharedFiles } from './testing/shared-files';

const fixture = await sharedFiles('fixtures/nanogpt-trace', [
  'trace.json',
  ...['init', 'batches', 'first_batch_logits', 'first_step_gradients', 'final'].map(
    (name) => `${name}.safetensors`,
  ),
]);

interface Trace {
  readonly model: { vocab_size: number; block_size: number; n_layer: number; n_head: number; n_embd: number };
  readonly steps: number;
  readonly losses: number[];
  readonly gradient_norms_before_clipping: number[];
  readonly learning_rates: number[];
}

const [B, T, V] = [8, 32, 65];
const tensors = (name: string): ReadonlyMap<string, StoredTensor> =>
  readSafetensors(fixture?.get(`${name}.safetensors`) as Uint8Array).tensors;

function initialModel(trace: Trace): GPT {
  const {
    vocab_size: vocabSize,
    block_size: blockSize,
    n_layer: nLayer,
    n_head: nHead,
    n_embd: nEmbd,
  } = trace.model;
  const config = gptConfig({
    vocabSize,
    blockSize,
    nLayer,
    nHead,
    nEmbd,
    dropout: 0,
    mlp: 'gelu',
    bias: true,
    tieEmbeddings: true,
  });
  return createModel({ architecture: 'gpt', config }, tensors('init') as never) as GPT;
}

/** Batch `step` of the trace: x is all but the last column, y all but the first. */
function batch(step: number): Batch {
  const all = tensors('batches').get('batches')?.data as Int32Array;
  const rows = Array.from({ length: B }, (_, b) =>
    all.subarray((step * B + b) * (T + 1), (step * B + b + 1) * (T + 1)),
  );
  const side = (from: number) => Int32Array.from(rows.flatMap((row) => [...row.subarray(from, from + T)]));
  return { x: side(0), y: side(1), batchSize: B, blockSize: T };
}

/** Trains a model on the batches of the trace, as it was trained. */
async function replay(model: GPT, trace: Trace, precision: Precision): Promise<StepEvent[]> {
  const steps: StepEvent[] = [];
  const batchOf = (index: number) => batch(Math.min(index, trace.steps - 1));
  const options = {
    data: { train: { batchSize: B, blockSize: T, batch: batchOf } },
    optimizer: adamw({ beta1: 0.9, beta2: 0.99, weightDecay: 0.1 }),
    schedule: warmupCosine({
      learningRate: 1e-3,
      minLearningRate: 1e-4,
      warmupIters: 10,
      lrDecayIters: 100,
    }),
    maxIters: trace.steps,
    evalInterval: trace.steps,
    evalIters: 1,
    logInterval: 1,
    precision,
  };
  for await (const event of train(model, options)) if (event.type === 'step') steps.push(event);
  return steps;
}

/** Norm of the difference over norm. */
function relative(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, norm] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += ((actual[i] as number) - (expected[i] as number)) ** 2;
    norm += (expected[i] as number) ** 2;
  }
  return Math.sqrt(difference / norm);
}

const worst = (actual: number[], expected: number[]): number =>
  Math.max(...actual.map((x, i) => Math.abs(x / (expected[i] as number) - 1)));

/** Whether a backend is here, be it in software, and why it has no mixed precision, if it has not. */
const find = <Name extends BackendName>(
  name: Name,
): Promise<{ here: Name[]; noMixed?: string | undefined }> =>
  useBackend(name).then(
    () => ({ here: [name], noMixed: noMixedPrecision() }),
    (error: Error) => ({ here: [], noMixed: error.message }),
  );
const found = { webgpu: await find('webgpu'), tensorflow: await find('tensorflow') };
const inNode = typeof process === 'object'; // cpu and wasm are in a page as in Node
const backends = inNode
  ? (['cpu', 'wasm', ...found.webgpu.here, ...found.tensorflow.here] as const)
  : found.webgpu.here;
const readTrace = (): Trace => JSON.parse(new TextDecoder().decode(fixture?.get('trace.json')));

describe.skipIf(!fixture).each(backends)('%s trains like PyTorch (skipped without ../shared)', (backend) => {
  let trace: Trace;

  beforeAll(async () => {
    await useBackend(backend);
    trace = readTrace();
  });

  it('has its logits on the first batch, within 1e-5', async () => {
    const logits = await forward(initialModel(trace), tensor2d(batch(0).x, [B, T], 'int32')).data();
    const expected = tensors('first_batch_logits').get('logits')?.data as Float32Array;
    expect(logits.length).toBe(B * T * V);
    expect(Math.max(...expected.map((x, i) => Math.abs(x - (logits[i] as number))))).toBeLessThan(1e-5);
  });

  it('has its gradients at the first step, within 1e-5 of each tensor', async () => {
    const model = initialModel(trace);
    const { x, y } = batch(0);
    const [ids, targets] = [tensor2d(x, [B, T], 'int32'), tensor2d(y, [B, T], 'int32')];
    const { grads } = variableGrads(() => loss(model, ids, targets));
    const expected = tensors('first_step_gradients');
    for (const [name, parameter] of flattenParameters(model.params)) {
      const gradient = await (grads[parameter.name] as Tensor).data();
      expect(relative(gradient, expected.get(name)?.data as Float32Array), name).toBeLessThan(1e-5);
    }
    disposeModel(model);
  });

  it('loses what PyTorch lost, 100 steps long, and ends with its parameters', async () => {
    const model = initialModel(trace);
    const steps = await replay(model, trace, 'float32');
    expect(steps).toHaveLength(100);
    expect(
      worst(
        steps.map((step) => step.learningRate),
        trace.learning_rates,
      ),
    ).toBeLessThan(1e-12);
    expect(
      worst(
        steps.map((step) => step.loss),
        trace.losses,
      ),
    ).toBeLessThan(1e-5);
    expect(
      worst(
        steps.map((step) => step.gradientNorm),
        trace.gradient_norms_before_clipping,
      ),
    ).toBeLessThan(1e-4);
    const expected = tensors('final');
    for (const [name, parameter] of flattenParameters(model.params)) {
      expect(relative(await parameter.data(), expected.get(name)?.data as Float32Array), name).toBeLessThan(
        1e-3,
      );
    }
    disposeModel(model);
  }, 600_000); // a software graphics card takes minutes
});

/** How far off its losses may be: half precision has 11 bits there, and 8. */
const mixed = [
  ['webgpu', 1e-3],
  ['tensorflow', 1e-2],
] as const;
describe.each(mixed)('%s', (backend, most) => {
  const why = found[backend].noMixed ?? (fixture ? undefined : 'without ../shared');
  it.skipIf(why)(
    `${backend} in mixed precision loses what PyTorch lost in float32, 100 steps long, within ${most}${why ? ` (skipped: ${why})` : ''}`,
    async () => {
      await useBackend(backend);
      const trace = readTrace();
      const model = initialModel(trace);
      const losses = (await replay(model, trace, 'mixed')).map((step) => step.loss);
      expect(losses).toHaveLength(100);
      expect(worst(losses, trace.losses)).toBeLessThan(most);
      disposeModel(model);
    },
    600_000,
  );
});
