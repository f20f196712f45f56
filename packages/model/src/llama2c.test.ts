/** stories260K of llama2.c: a model that others trained, and what others saw it write. */
import { existsSync, readFileSync } from 'node:fs';
import { useBackend } from '@tinyllm/compute';
import { describe, expect, it } from 'vitest';
import {
  createGPT,
  createModel,
  languageModel,
  llama,
  readLlama2c,
  readParameters,
  writeLlama2c,
} from './index';

const fixture = new URL('../../../../shared/fixtures/llama2c-stories260K/', import.meta.url);
const here = existsSync(fixture);
const file = here ? new Uint8Array(readFileSync(new URL('stories260K.bin', fixture))) : new Uint8Array();

/** The pieces of a tokenizer.bin, as its README describes the format: enough to print what a model says. */
function pieces(): string[] {
  const bytes = readFileSync(new URL('tok512.bin', fixture));
  const found: string[] = [];
  for (let at = 4; at < bytes.length; ) {
    const length = bytes.readInt32LE(at + 4);
    found.push(bytes.toString('utf8', at + 8, at + 8 + length));
    at += 8 + length;
  }
  return found.map((piece) => (/^<0x0A>$/.test(piece) ? '\n' : piece));
}

/** The backend, where this machine has it: a graphics card, be it software, or native TensorFlow. */
const ifHere = <Name extends 'webgpu' | 'tensorflow'>(name: Name): Promise<Name[]> =>
  useBackend(name).then(
    () => [name],
    () => [],
  );
const others = [...(await ifHere('webgpu')), ...(await ifHere('tensorflow'))];

describe.skipIf(!here)('stories260K (skipped without ../shared)', () => {
  it('goes out byte for byte as it came, through a model on a backend', async () => {
    await useBackend('wasm');
    const { config, parameters, rotations } = readLlama2c(file);
    const model = createModel({ architecture: 'gpt', config }, parameters);
    const written = writeLlama2c({ config, parameters: await readParameters(model), rotations });
    expect(Buffer.compare(written, file)).toBe(0);
  });

  it('has rotations as we compute them, to the last bits', () => {
    const { config, parameters, rotations } = readLlama2c(file);
    const again = readLlama2c(writeLlama2c({ config, parameters })).rotations;
    for (const [i, value] of again.entries())
      expect(Math.abs(value - (rotations[i] as number))).toBeLessThan(1e-6);
  });

  it.each(['cpu', 'wasm', ...others] as const)(
    'tells the published story on %s, 200 tokens to the last character',
    async (backend) => {
      await useBackend(backend);
      const { config, parameters } = readLlama2c(file);
      const decoding = languageModel(createModel({ architecture: 'gpt', config }, parameters)).decode();
      const texts = pieces();
      const story =
        (readFileSync(new URL('llama2c_stories260K.md', fixture), 'utf8').split('```')[3] ?? '').split(
          '-t 0.0\n',
        )[1] ?? '';
      let id = 1; // <s>
      let text = '';
      for (let i = 0; i < 200; i++) {
        const [logits] = await decoding.append([Int32Array.of(id)]);
        id = logits?.indexOf(Math.max(...logits)) ?? 0;
        text += text === '' ? texts[id]?.trimStart() : texts[id];
      }
      expect(text.length).toBeGreaterThan(400);
      expect(story.slice(0, text.length)).toBe(text);
    },
  );

  it.each<[string, Uint8Array, string]>([
    ['cut short', file.slice(0, -4), 'llama2c/invalid'],
    ['with more than it should have', new Uint8Array([...file, 0, 0, 0, 0]), 'llama2c/invalid'],
    ['of nothing', new Uint8Array(), 'llama2c/invalid'],
    ['of version 1', new Uint8Array([0x32, 0x34, 0x6b, 0x61, 1, 0, 0, 0, ...file]), 'config/'],
  ])('is refused %s', (_name, bytes, code) => {
    expect(() => readLlama2c(bytes)).toThrowError(
      expect.objectContaining({ code: expect.stringContaining(code) }),
    );
  });
});

it('a model of our own comes back from a .bin, with a head of its own too', async () => {
  await useBackend('cpu');
  const options = { vocabSize: 11, blockSize: 6, nLayer: 2, nHead: 4, nKvHead: 2, nEmbd: 16, nInner: 24 };
  for (const tieEmbeddings of [true, false]) {
    const model = createGPT({ ...options, ...llama, tieEmbeddings }, { seed: 3 });
    const parameters = await readParameters(model);
    const file = writeLlama2c({ config: model.config, parameters });
    const read = readLlama2c(file);
    expect(read.config).toEqual(model.config);
    expect([...read.parameters]).toEqual([...parameters]);
    expect(readLlama2c(Buffer.concat([new Uint8Array(1), file]).subarray(1))).toEqual(read); // at an odd byte
  }
});

it('names the field that llama2.c does not have', async () => {
  await useBackend('cpu');
  const model = createGPT({ vocabSize: 11, blockSize: 6, nLayer: 1, nHead: 2, nEmbd: 8 }, { seed: 3 });
  const parameters = await readParameters(model);
  expect(() => writeLlama2c({ config: model.config, parameters })).toThrowError(
    expect.objectContaining({
      code: 'llama2c/unsupported',
      message: expect.stringContaining('norm is "rms"'),
    }),
  );
});
