import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { filledTensor, useBackend } from './index';

describe.each(['cpu', 'wasm'] as const)('filledTensor on %s', (backend) => {
  it('has the shape that was asked for and the values that were written', async () => {
    await useBackend(backend);
    const filled = filledTensor([2, 3], (values) => {
      expect(values.length).toBe(6);
      values.set([1, 2, 3, 4, 5, 6.5]);
    });
    expect(filled.shape).toEqual([2, 3]);
    expect(filled.dtype).toBe('float32');
    expect([...filled.dataSync()]).toEqual([1, 2, 3, 4, 5, 6.5]);
    filled.dispose();
  });

  it('leaves nothing behind where the values cannot be had', async () => {
    await useBackend(backend);
    const before = memory();
    const fail = (): never => {
      throw new RangeError('no values');
    };
    expect(() => filledTensor([4], fail)).toThrow('no values');
    expect(memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
  });
});

it('writes where the wasm backend keeps the tensor', async () => {
  await useBackend('wasm');
  let written: Float32Array | undefined;
  const filled = filledTensor([2], (values) => {
    values.fill(1);
    written = values;
  });
  written?.fill(2);
  expect([...filled.dataSync()]).toEqual([2, 2]);
  filled.dispose();
});
