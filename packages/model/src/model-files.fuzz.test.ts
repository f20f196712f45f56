import { damaged, readOrRefuse } from '@tinyllm/common/testing';
import { expect, it } from 'vitest';
import { sizeOf } from './dtypes';
import {
  gptConfig,
  llama,
  loadParameters,
  parameterShapes,
  readLlama2c,
  savedModel,
  writeLlama2c,
} from './index';

const config = gptConfig({ ...llama, vocabSize: 6, blockSize: 4, nLayer: 2, nHead: 2, nEmbd: 4, nInner: 4 });
const model = { architecture: 'gpt', config } as const;
const parameters = new Map(
  [...parameterShapes(model)].map(([name, shape]) => [
    name,
    { shape, data: new Float32Array(sizeOf(shape)) },
  ]),
);

it('llama2.c models are read or refused, and never cost more memory than they have bytes', async () => {
  const whole = writeLlama2c({ config, parameters });
  const { read, refused } = await readOrRefuse(damaged(whole, 28), /^(llama2c|config)\//, (file) => {
    let bytes = 0;
    for (const { data } of readLlama2c(file).parameters.values()) bytes += data.byteLength;
    expect(bytes).toBeLessThanOrEqual(file.length);
  });
  expect(read).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(read);
});

it('a config.json of anyone fits its parameters or is refused', async () => {
  const saved = savedModel(model, parameters);
  const whole = new TextEncoder().encode(JSON.stringify(saved.config));
  const codes = /^(config|hugging-face|model|safetensors)\//;
  const { read, refused } = await readOrRefuse(damaged(whole), codes, (file) => {
    const text = new TextDecoder().decode(file);
    if (isJSON(text)) loadParameters({ config: JSON.parse(text), safetensors: saved.safetensors });
  });
  expect(read).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);
});

function isJSON(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
