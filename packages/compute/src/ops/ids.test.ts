import { ones, tensor1d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { noWebGPU, startBackend } from '../contract/backends-here';
import { crossEntropy } from './cross-entropy';
import { embed } from './embed';

const backends = ['wasm, 1 thread', ...((await noWebGPU()) ? [] : ['webgpu'])];

describe.each(backends)('on %s', (backend) => {
  it.each([
    ['embed', -1, (id: number) => embed(tensor1d([0, id], 'int32'), ones([5, 3]))],
    ['embed', 5, (id: number) => embed(tensor1d([0, id], 'int32'), ones([5, 3]))],
    [
      'crossEntropy',
      5,
      (id: number) => crossEntropy(ones([2, 3]), ones([5, 3]), tensor1d([-1, id], 'int32')),
    ],
  ] as const)('%s refuses the id %d of a table of 5', async (_, id, run) => {
    await startBackend(backend);
    expect(() => run(id)).toThrowError(
      expect.objectContaining({
        code: 'compute/id-out-of-range',
        message: expect.stringMatching(new RegExp(`row ${id} in a table of 5.*tokenizer`)),
      }),
    );
    expect(run(4).size).toBeGreaterThan(0);
  });
});
