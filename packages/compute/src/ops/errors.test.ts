import { ones, type Rank, type Tensor2D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../backends/use-backend';
import { causalAttention } from './causal-attention';
import { crossEntropy } from './cross-entropy';
import { dropout } from './dropout';
import { embed } from './embed';
import { layerNorm } from './layer-norm';
import { linear } from './linear';
import { repeatKeys } from './repeat-keys';
import { residualLinear } from './residual-linear';
import { rmsNorm } from './rms-norm';
import { rope } from './rope';
import { swiglu } from './swiglu';
import { unembed } from './unembed';

beforeAll(async () => {
  await useBackend('cpu');
});

it.each([
  ['embed', () => embed(ones([2], 'int32'), ones<Rank>([12]) as Tensor2D)],
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

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });

  it.each([
    ['Embed', 'ids', () => embed(ones([2]), ones([3, 4]))],
    ['Embed', 'table', () => embed(ones([2], 'int32'), ones([3, 4], 'int32'))],
    ['LayerNorm', 'x', () => layerNorm(ones([2, 3], 'int32'), { weight: ones([3]) })],
    ['LayerNorm', 'bias', () => layerNorm(ones([2, 3]), { weight: ones([3]), bias: ones([3], 'int32') })],
    ['RMSNorm', 'x', () => rmsNorm(ones([2, 3], 'int32'), { weight: ones([3]) })],
    ['Linear', 'x', () => linear(ones([2, 3], 'int32'), { weight: ones([3, 5]) })],
    ['Linear', 'weight', () => linear(ones([2, 3]), { weight: ones([3, 5], 'int32') })],
    [
      'ResidualLinear',
      'residual',
      () => residualLinear(ones([2, 5], 'int32'), ones([2, 3]), { weight: ones([3, 5]) }),
    ],
    ['CausalAttention', 'qkv', () => causalAttention(ones([1, 2, 12], 'int32'), 2)],
    ['Rope', 'x', () => rope(ones([2, 3, 8], 'int32'), ones([3, 4]), 1)],
    ['SwiGLU', 'x', () => swiglu(ones([2, 4], 'int32'))],
    ['Dropout', 'x', () => dropout(ones([2, 4], 'int32'), { rate: 0.5, seed: 1, offset: 0 })],
    ['CrossEntropy', 'x', () => crossEntropy(ones([2, 3], 'int32'), ones([5, 3]), ones([2], 'int32'))],
    ['CrossEntropy', 'targets', () => crossEntropy(ones([2, 3]), ones([5, 3]), ones([2]))],
  ])('%s says of %s which dtype it expected and which came', (operation, input, call) => {
    const [expected, came] = ['ids', 'targets'].includes(input) ? ['int32', 'float32'] : ['float32', 'int32'];
    expect(call).toThrowError(
      expect.objectContaining({
        code: 'compute/wrong-dtype',
        message: expect.stringContaining(
          `${operation} expects ${input} to be ${expected}, but it is ${came}.`,
        ),
      }),
    );
  });
});
