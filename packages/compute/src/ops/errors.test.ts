import { ones } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { useBackend } from '../backends/use-backend';
import { causalAttention } from './causal-attention';
import { crossEntropy } from './cross-entropy';
import { embed } from './embed';
import { layerNorm } from './layer-norm';
import { linear } from './linear';
import { repeatKeys } from './repeat-keys';
import { rmsNorm } from './rms-norm';
import { rope } from './rope';
import { swiglu } from './swiglu';
import { unembed } from './unembed';

beforeAll(async () => {
  await useBackend('cpu');
});

it.each([
  ['embed', () => embed(ones([2]), ones([3, 4]))],
  ['layerNorm', () => layerNorm(ones([2, 3]), { weight: ones([4]) })],
  ['layerNorm', () => layerNorm(ones([2, 3]), { weight: ones([3]), bias: ones([2]) })],
  ['rmsNorm', () => rmsNorm(ones([2, 3]), { weight: ones([4]) })],
  ['linear', () => linear(ones([2, 3]), { weight: ones([4, 5]) })],
  ['linear', () => linear(ones([2, 3]), { weight: ones([3, 5]), bias: ones([3]) })],
  ['causalAttention', () => causalAttention(ones([1, 2, 12]), 3)],
  ['rope', () => rope(ones([2, 3, 8]), ones([4, 4]), 1)],
  ['rope', () => rope(ones([2, 3, 8]), ones([3, 4]), 3)],
  ['swiglu', () => swiglu(ones([2, 3]))],
  ['repeatKeys', () => repeatKeys(ones([1, 2, 16]), 3, 2)],
  ['unembed', () => unembed(ones([2, 3]), ones([5, 4]))],
  ['crossEntropy', () => crossEntropy(ones([2, 3]), ones([5, 4]), ones([2], 'int32'))],
  ['crossEntropy', () => crossEntropy(ones([2, 3]), ones([5, 3]), ones([3], 'int32'))],
])('%s says which shapes it expected and which came', (name, call) => {
  expect(call).toThrowError(
    expect.objectContaining({
      code: 'compute/shape-mismatch',
      message: expect.stringMatching(new RegExp(`^${name} expects .+ but got \\[[\\d, ]+\\]`)),
    }),
  );
});
