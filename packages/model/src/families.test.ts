/** The two families and what lies between them. */
import '@tinyllm/compute/gradients';
import { dispose, memory, type TensorContainer, tensor2d, variableGrads } from '@tensorflow/tfjs-core';
import { useBackend } from '@tinyllm/compute';
import { describe, expect, it } from 'vitest';
import { createGPT, flattenParameters, type GPTOptions, llama, loss, parameterCount, trace } from './index';

const tiny = { vocabSize: 33, blockSize: 12, nLayer: 2, nHead: 4, nEmbd: 16 };
const families: [string, GPTOptions][] = [
  ['GPT-2', tiny],
  ['Llama', { ...tiny, ...llama }],
  ['Llama with grouped queries', { ...tiny, ...llama, nKvHead: 2, nInner: 20, tieEmbeddings: false }],
  ['a mixture', { ...tiny, position: 'rope', mlp: 'swiglu', qkNorm: true, nKvHead: 1 }],
];
const targets = () =>
  tensor2d(
    [
      [11, 12, 13, 14, 15],
      [20, 21, 22, 23, 24],
    ],
    [2, 5],
    'int32',
  );
const ids = () =>
  tensor2d(
    [
      [1, 2, 3, 4, 5],
      [32, 0, 7, 7, 9],
    ],
    [2, 5],
    'int32',
  );

describe.each(families)('%s', (_name, options) => {
  it('has a first loss of ln V within 3 %, and the parameters that are counted', async () => {
    await useBackend('wasm');
    const model = createGPT(options, { seed: 1 });
    const value = (await loss(model, ids(), targets()).data())[0] as number;
    expect(Math.abs(value / Math.log(33) - 1)).toBeLessThan(0.03);
    const sizes = [...flattenParameters(model.params).values()].map(({ size }) => size);
    expect(parameterCount(model).total).toBe(sizes.reduce((a, b) => a + b));
  });

  it('gives every parameter a gradient, the same on wasm as on cpu', async () => {
    const gradientsOn = async (backend: 'cpu' | 'wasm') => {
      await useBackend(backend);
      const model = createGPT(options, { seed: 1 });
      const names = new Map([...flattenParameters(model.params)].map(([name, { name: own }]) => [own, name]));
      const { grads } = variableGrads(() => loss(model, ids(), targets()));
      const entries = Object.entries(grads).filter(([own]) => names.has(own));
      const values = entries.map(async ([own, grad]) => [names.get(own), await grad.data()] as const);
      return new Map(await Promise.all(values));
    };
    const [cpu, wasm] = [await gradientsOn('cpu'), await gradientsOn('wasm')];
    expect(cpu.size).toBe(wasm.size);
    for (const [name, expected] of cpu) {
      const actual = wasm.get(name) as Float32Array;
      expect(
        expected.some((x) => x !== 0),
        name,
      ).toBe(true);
      const largest = Math.max(...expected.map(Math.abs));
      const worst = Math.max(...[...expected].map((x, i) => Math.abs(x - (actual[i] as number))));
      expect(worst / largest, name).toBeLessThan(1e-4);
    }
  });

  it('shows its hidden states, steps and attention maps: rows that sum to 1 and see nothing later', async () => {
    await useBackend('cpu');
    const model = createGPT(options, { seed: 1 });
    const [B, T] = [2, 5];
    const input = ids();
    const { numTensors } = memory();
    const seen = trace(model, input);
    expect(memory().numTensors).toBe(numTensors + 7 * tiny.nLayer + 1);
    expect(seen.hiddenStates.map(({ shape }) => shape)).toEqual(new Array(3).fill([B, T, tiny.nEmbd]));
    for (const map of seen.attentionMaps) {
      expect(map.shape).toEqual([B, tiny.nHead, T, T]);
      const values = await map.data();
      for (let row = 0; row < B * tiny.nHead * T; row++) {
        const shares = [...values.subarray(row * T, (row + 1) * T)];
        expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
        for (const later of shares.slice((row % T) + 1)) expect(later).toBe(0);
      }
    }
    for (const { normalized, qkv, read, attended, inner } of seen.steps) {
      for (const step of [normalized, read, attended]) expect(step.shape).toEqual([B, T, tiny.nEmbd]);
      for (const step of [qkv, inner]) expect(step.shape.slice(0, 2)).toEqual([B, T]);
    }
    dispose(seen as unknown as TensorContainer);
    expect(memory().numTensors).toBe(numTensors);
  });
});
