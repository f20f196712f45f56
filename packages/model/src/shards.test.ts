/** Saving a tensor at a time, into as many files as are asked for. */
import { useBackend } from '@tinyllm/compute';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  bytesSource,
  createBigram,
  createGPT,
  llama,
  loadModel,
  type Model,
  openSafetensors,
  openShards,
  type ParameterValues,
  parameterCount,
  readParameters,
  readSafetensors,
  type StreamOptions,
  saveModel,
  streamedModel,
} from './index';
import { planShards } from './shards';

beforeAll(async () => {
  await useBackend('cpu');
});

const shape = { vocabSize: 61, blockSize: 16, nLayer: 2, nHead: 4, nEmbd: 32 } as const;
const models: [string, () => Model][] = [
  ['a GPT-2', () => createGPT(shape, { seed: 1 })],
  ['a GPT-2 whose biases are zeros', () => createGPT({ ...shape, bias: false }, { seed: 1 })],
  ['a Llama', () => createGPT({ ...shape, ...llama, nKvHead: 2, tieEmbeddings: false }, { seed: 1 })],
  ['a GPT of no family', () => createGPT({ ...shape, qkNorm: true }, { seed: 1 })],
  ['a bigram', () => createBigram({ vocabSize: 61 }, { seed: 1 })],
];

/** The bytes of every file, whole. */
async function stream(model: Model, options?: StreamOptions) {
  const parameters = await readParameters(model);
  const read = (name: string) => parameters.get(name) as ParameterValues;
  const { config, files, index } = streamedModel(model, read, options);
  const whole = new Map<string, Uint8Array>();
  for (const [name, parts] of files) {
    const found: Uint8Array[] = [];
    for await (const part of parts) found.push(part);
    whole.set(name, Buffer.concat(found));
  }
  return { config, files: whole, index };
}

describe('a model that is streamed', () => {
  it.each(models)('%s in one file has the bytes of one that is saved at once', async (_, create) => {
    const model = create();
    const { config, files, index } = await stream(model);
    const saved = await saveModel(model);
    expect(index).toBeUndefined();
    expect(config).toEqual(saved.config);
    expect([...files.keys()]).toEqual(['model.safetensors']);
    expect(Buffer.compare(files.get('model.safetensors') as Uint8Array, saved.safetensors)).toBe(0);
  });

  it.each(models)('%s in shards opens again as it was', async (_, create) => {
    const model = create();
    const { config, files, index } = await stream(model, { maxShardSize: 9000 });
    const names = [...files.keys()];
    const total = String(names.length).padStart(5, '0');
    if (model.architecture === 'gpt') expect(names.length).toBeGreaterThan(2);
    if (names.length > 1) {
      expect(names).toEqual(
        names.map((_, i) => `model-${String(i + 1).padStart(5, '0')}-of-${total}.safetensors`),
      );
    }
    for (const bytes of files.values()) {
      const sizes = [...readSafetensors(bytes).tensors.values()].map(({ data }) => data.byteLength);
      expect(sizes.length === 1 || sizes.reduce((sum, size) => sum + size) <= 9000).toBe(true);
    }
    const open = (name: string) => openSafetensors(bytesSource(files.get(name) as Uint8Array));
    const safetensors = index ? openShards(index, open) : open('model.safetensors');
    expect(await readParameters(loadModel({ config, safetensors }))).toEqual(await readParameters(model));
  });

  it('tells the bytes of its values, as Hugging Face does', async () => {
    const model = createGPT(shape, { seed: 1 });
    const { index } = await stream(model, { maxShardSize: 9000, dtype: 'BF16' });
    expect(index).toMatchObject({ metadata: { total_size: 2 * parameterCount(model).total } });
  });

  it('asks for a parameter when it is to be written, and once', async () => {
    const model = createGPT({ ...shape, ...llama }, { seed: 1 });
    const parameters = await readParameters(model);
    const asked: string[] = [];
    const { files } = streamedModel(model, (name) => {
      asked.push(name);
      return parameters.get(name) as ParameterValues;
    });
    const parts = files.get('model.safetensors') as AsyncIterable<Uint8Array>;
    let written = -1; // the header needs none
    for await (const _ of parts) {
      written++;
      expect(asked.length).toBeLessThanOrEqual(written);
    }
    expect(asked).toEqual([...parameters.keys()]);
  });
});

describe('planShards', () => {
  const plan = (sizes: Record<string, number>, max: number) => [
    ...planShards(new Map(Object.entries(sizes)), max).files.values(),
  ];

  it('fills files up to their limit, which only a larger tensor passes, alone', () => {
    expect(plan({ a: 4, b: 6, c: 1 }, 10)).toEqual([['a', 'b'], ['c']]);
    expect(plan({ a: 1, b: 30, c: 1, d: 1 }, 10)).toEqual([['a'], ['b'], ['c', 'd']]);
    expect(plan({ a: 30 }, 10)).toEqual([['a']]);
  });

  it('makes an index for more than one file only', () => {
    expect(planShards(new Map([['a', 10]]), 10)).toEqual({ files: new Map([['model.safetensors', ['a']]]) });
    expect(planShards(new Map(Object.entries({ a: 10, b: 1 })), 10).index).toEqual({
      metadata: { total_size: 11 },
      weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' },
    });
  });
});
