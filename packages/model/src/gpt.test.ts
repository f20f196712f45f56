import { memory, tensor2d } from '@tensorflow/tfjs-core';
import { useBackend } from '@tinyllm/compute';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createBigram,
  createGPT,
  createModel,
  disposeModel,
  flattenParameters,
  forward,
  type GPTOptions,
  hiddenStates,
  languageModel,
  loadModel,
  loadParameters,
  loss,
  modelConfig,
  type ParameterValues,
  parameterCount,
  presets,
  readParameters,
  saveModel,
  streamedModel,
} from './index';

const tiny = { vocabSize: 65, blockSize: 8, nLayer: 2, nHead: 2, nEmbd: 16 };

beforeAll(async () => {
  await useBackend('cpu');
});

describe('a config', () => {
  it.each<[object, string, RegExp]>([
    [{ nHead: 3 }, 'config/heads-do-not-divide', /nEmbd \(16\).+nHead \(3\).+nEmbd 15/],
    [{ nLayer: 0 }, 'config/invalid-field', /nLayer must be a positive integer of at most 65536, but is 0/],
    [{ vocabSize: 1.5 }, 'config/invalid-field', /vocabSize/],
    [{ dropout: 1 }, 'config/invalid-field', /dropout must be a number from 0 to below 1/],
    [{ bias: 'yes' }, 'config/invalid-field', /bias must be true or false/],
    [{ nEmbed: 16 }, 'config/unknown-field', /"nEmbed".+nEmbd/],
    [{ mlp: 'relu' }, 'config/invalid-field', /mlp must be "gelu" or "gelu_tanh" or "swiglu"/],
    [{ nHead: 4, nKvHead: 3 }, 'config/heads-do-not-divide', /nHead \(4\).+nKvHead \(3\)/],
    [{ nHead: 16, position: 'rope' }, 'config/odd-head-size', /nEmbd a multiple of 32/],
    [{ normEpsilon: 1e-6 }, 'config/invalid-field', /normEpsilon must be 0.00001 where norm is "layer"/],
  ])('with %j is refused, saying what to do', (change, code, message) => {
    expect(() => createGPT({ ...tiny, ...change } as GPTOptions, { seed: 1 })).toThrowError(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  it('with an unknown architecture is refused', () => {
    expect(() => modelConfig({ architecture: 'rnn' })).toThrowError(/"gpt" or "bigram", but is "rnn"/);
  });

  it.each([
    ['{"architecture":"gpt"}', /got a string.+JSON\.parse/],
    [null, /got null/],
    [undefined, /got undefined/],
  ])('that is not parsed is refused: %j', (config, message) => {
    expect(() => modelConfig(config)).toThrowError(
      expect.objectContaining({ code: 'config/invalid', message: expect.stringMatching(message) }),
    );
  });
});

describe('a fresh GPT', () => {
  it('has a loss of ln V within 3 %', async () => {
    const model = createGPT({ ...tiny, nEmbd: 64 }, { seed: 1 });
    const ids = tensor2d(
      Array.from({ length: 64 }, (_, i) => (i * 37) % 65),
      [8, 8],
      'int32',
    );
    const targets = tensor2d(
      Array.from({ length: 64 }, (_, i) => (i * 23 + 5) % 65),
      [8, 8],
      'int32',
    );
    const value = (await loss(model, ids, targets).data())[0] as number;
    expect(Math.abs(value / Math.log(65) - 1)).toBeLessThan(0.03);
  });

  it("has GPT-2's initialization", async () => {
    const model = createGPT({ ...tiny, nEmbd: 64, nLayer: 8 }, { seed: 1 });
    const std = async (name: string): Promise<number> => {
      const values = (await flattenParameters(model.params).get(name)?.data()) as Float32Array;
      return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    };
    expect(await std('wte.weight')).toBeCloseTo(0.02, 3);
    expect(await std('h.3.mlp.c_fc.weight')).toBeCloseTo(0.02, 3);
    expect(await std('h.3.mlp.c_proj.weight')).toBeCloseTo(0.02 / Math.sqrt(16), 3);
    expect(await std('h.3.attn.c_proj.weight')).toBeCloseTo(0.02 / Math.sqrt(16), 3);
    expect(await std('h.3.attn.c_attn.bias')).toBe(0);
    expect(await std('ln_f.weight')).toBe(1);
  });

  it('is the same for the same seed and another for another', async () => {
    const bytes = async (seed: number) => (await saveModel(createGPT(tiny, { seed }))).safetensors;
    expect(await bytes(3)).toEqual(await bytes(3));
    expect(await bytes(3)).not.toEqual(await bytes(4));
  });

  it('drops values while training only, others at every step', async () => {
    const model = createGPT({ ...tiny, dropout: 0.5 }, { seed: 1 });
    const ids = tensor2d([[1, 2, 3, 4]], [1, 4], 'int32');
    const logits = async (dropout?: { seed: number; step: number }) =>
      (await forward(model, ids, dropout ? { dropout } : {}).data()).slice();
    expect(await logits()).toEqual(await logits());
    expect(await logits({ seed: 1, step: 0 })).toEqual(await logits({ seed: 1, step: 0 }));
    expect(await logits({ seed: 1, step: 0 })).not.toEqual(await logits());
    expect(await logits({ seed: 1, step: 0 })).not.toEqual(await logits({ seed: 1, step: 1 }));
    expect(await logits({ seed: 1, step: 0 })).not.toEqual(await logits({ seed: 2, step: 0 }));
  });

  it('refuses more tokens than its window', () => {
    const model = createGPT(tiny, { seed: 1 });
    expect(() => forward(model, tensor2d(new Int32Array(9), [1, 9], 'int32'))).toThrowError(
      /at most 8 tokens.+got 9/,
    );
  });

  it('frees all it made when disposed', () => {
    const before = memory().numTensors;
    const model = createGPT(tiny, { seed: 1 });
    forward(model, tensor2d([[1]], [1, 1], 'int32')).dispose();
    disposeModel(model);
    expect(memory().numTensors).toBe(before + 1); // the ids
  });
});

it.each([0.5, -1, Number.NaN])('the seed %d is refused by every new model', (seed) => {
  const before = memory().numTensors;
  const error = expect.objectContaining({ code: 'random/invalid-seed' });
  expect(() => createGPT(tiny, { seed })).toThrowError(error);
  expect(() => createBigram({ vocabSize: 5 }, { seed })).toThrowError(error);
  expect(memory().numTensors).toBe(before);
});

it('a disposed model says so wherever it is used', async () => {
  const ids = tensor2d([[1]], [1, 1], 'int32');
  const error = expect.objectContaining({ code: 'model/disposed' });
  const gpt = createGPT(tiny, { seed: 1 });
  const decoding = languageModel(gpt).decode();
  disposeModel(gpt);
  await expect(decoding.append([Int32Array.of(1)])).rejects.toThrowError(error);
  decoding.dispose();
  expect(() => hiddenStates(gpt, ids)).toThrowError(error);
  const bigram = createBigram({ vocabSize: 5 }, { seed: 1 });
  disposeModel(bigram);
  for (const model of [gpt, bigram]) {
    expect(() => forward(model, ids)).toThrowError(error);
    expect(() => loss(model, ids, ids)).toThrowError(error);
    expect(() => languageModel(model).decode()).toThrowError(error);
  }
});

describe('createModel', () => {
  it('refuses parameters with other numbers of values than their shapes have', async () => {
    const model = createGPT(tiny, { seed: 1 });
    const parameters = await readParameters(model);
    const refused = (values: unknown, message: RegExp) =>
      expect(() => createModel(model, values as Map<string, ParameterValues>)).toThrowError(
        expect.objectContaining({
          code: 'model/parameters-do-not-fit',
          message: expect.stringMatching(message),
        }),
      );
    const { shape, data } = parameters.get('ln_f.bias') as ParameterValues;
    for (const change of [data.subarray(1), Float32Array.of(...data, 0)]) {
      const values = new Map(parameters).set('ln_f.bias', { shape, data: change });
      refused(values, /ln_f\.bias \[16\] has 1[57] values and should have 16/);
    }
    refused(new Map<string, object>(parameters).set('ln_f.bias', { shape }), /has no values/);
    refused(Object.fromEntries(parameters), /no Map from names/);
  });
});

describe('parameterCount', () => {
  it("counts OpenAI's GPT-2: 124,439,808", () => {
    expect(parameterCount(modelConfig({ architecture: 'gpt', ...presets.gpt2 })).total).toBe(124_439_808);
    expect(parameterCount(modelConfig({ architecture: 'gpt', ...presets['gpt2-xl'] })).total).toBe(
      1_557_611_200,
    );
  });

  it('counts the values that a model really has', () => {
    for (const change of [{}, { bias: false }, { tieEmbeddings: false }]) {
      const model = createGPT({ ...tiny, ...change }, { seed: 1 });
      const values = [...flattenParameters(model.params).values()].reduce((sum, { size }) => sum + size, 0);
      expect(parameterCount(model)).toEqual({ total: values, embeddings: (65 + 8) * 16 });
    }
  });
});

describe('a saved model', () => {
  it('comes back from an ArrayBuffer, as fetch gives it, and from nothing that is no bytes', async () => {
    const { config, safetensors } = await saveModel(createGPT(tiny, { seed: 5 }));
    const { buffer } = safetensors;
    expect((await saveModel(loadModel({ config, safetensors: buffer }))).safetensors).toEqual(safetensors);
    expect(loadParameters({ config, safetensors: buffer })).toEqual(loadParameters({ config, safetensors }));
    for (const wrong of [undefined, null, 'bytes', {}] as unknown as Uint8Array[]) {
      expect(() => loadModel({ config, safetensors: wrong })).toThrowError(
        expect.objectContaining({
          code: 'safetensors/invalid',
          message: expect.stringMatching(
            /a Uint8Array or ArrayBuffer, but got (undefined|null|string|object)/,
          ),
        }),
      );
    }
  });

  it('is not saved in a dtype that there is not', async () => {
    const model = createGPT(tiny, { seed: 5 });
    const dtype = 'f16' as 'F16';
    const error = expect.objectContaining({
      code: 'safetensors/unsupported-dtype',
      message: expect.stringMatching(/"F32", "F16" or "BF16", but is "f16"/),
    });
    await expect(saveModel(model, { dtype })).rejects.toThrowError(error);
    const read = () => ({ shape: [], data: new Float32Array() });
    expect(() => streamedModel(model, read, { dtype })).toThrowError(error);
  });

  it('comes back the same', async () => {
    for (const change of [{}, { bias: false, tieEmbeddings: false }]) {
      const model = createGPT({ ...tiny, ...change }, { seed: 5 });
      const saved = await saveModel(model);
      const loaded = loadModel({ ...saved, config: JSON.parse(JSON.stringify(saved.config)) });
      expect(loaded.config).toEqual(model.config);
      const ids = tensor2d([[1, 2, 3]], [1, 3], 'int32');
      expect(await forward(loaded, ids).data()).toEqual(await forward(model, ids).data());
    }
  });

  it('does not load under another config, and says what differs', async () => {
    const { safetensors } = await saveModel(createGPT(tiny, { seed: 5 }));
    expect(() =>
      loadModel({ config: { architecture: 'gpt', ...tiny, nLayer: 3 }, safetensors }),
    ).toThrowError(
      expect.objectContaining({
        code: 'model/parameters-do-not-fit',
        message: expect.stringContaining('h.2.ln_1.weight [16] is missing'),
      }),
    );
    expect(() =>
      loadModel({ config: { architecture: 'gpt', ...tiny, vocabSize: 66 }, safetensors }),
    ).toThrowError(/wte.weight is \[65,16\] and should be \[66,16\]/);
  });
});
