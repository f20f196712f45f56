/** The contract in mixed precision: what half precision rounds, and nothing more, between ours and the oracle. */
import {
  backend,
  mul,
  ones,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  tensor,
} from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noMixedPrecision } from '../backends/mixed-precision';
import { useBackend } from '../backends/use-backend';
import { causalAttention } from '../ops/causal-attention';
import { crossEntropy } from '../ops/cross-entropy';
import { layerNorm } from '../ops/layer-norm';
import { linear } from '../ops/linear';
import { repeatKeys } from '../ops/repeat-keys';
import { residualLinear } from '../ops/residual-linear';
import { rmsNorm } from '../ops/rms-norm';
import { rope, ropeTable } from '../ops/rope';
import { swiglu } from '../ops/swiglu';
import { withPrecision } from '../precision';
import type { TinyWebGPUBackend } from '../webgpu/backend';
import { expectNoDeviceError, noTensorFlow, noWebGPU, startBackend } from './backends-here';
import { ids, type OperationCase } from './cases';
import { directionLike, distance, evaluate, gradientsOf, inputsOf, type Values } from './evaluate';

/**
 * Half precision has 11 bits on webgpu and 8 on tensorflow, so that factors are off by up to 2⁻¹² or 2⁻⁹ of their size, and
 * what becomes of some by more.
 */
const tolerances = { webgpu: 2e-3, tensorflow: 2e-2 } as const;

type Run = OperationCase['run'];

/** Operations that take what others left in half precision; in float32 they are their own reference. */
function chain(name: string, shapes: readonly (readonly number[])[], run: Run): OperationCase {
  return { name, shapes, run, reference: run };
}

/** Of a size that keeps scores of attention near 1, where a trained model's are. */
const matrix = (tensor: Tensor | undefined) => ({ weight: mul<Tensor2D>(tensor as Tensor2D, 0.25) });
const gain = (tensor: Tensor | undefined) => ({ weight: tensor as Tensor1D });

const chains: readonly OperationCase[] = [
  ...[1, 7, 33].map((N) =>
    chain(
      `an MLP of [${N}, 65], 131 wide inside, with a residual`,
      [[N, 65], [65], [65, 131], [131, 65]],
      ([x, weight, c_fc, c_proj]) => {
        const inner = linear(layerNorm(x as Tensor, gain(weight)), matrix(c_fc), 'gelu'); // [N, 131]
        return residualLinear(x as Tensor, inner, matrix(c_proj), { rate: 0.2, seed: 3, offset: 4 });
      },
    ),
  ),
  chain(
    'attention of 3 heads of 5 on a linear layer',
    [
      [2, 33, 15],
      [15, 45],
    ],
    ([x, weight]) => causalAttention(linear(x as Tensor, matrix(weight)) as Tensor3D, 3),
  ),
  chain(
    'attention after rope, keys shared by two heads',
    [[2, 9, 12], [12], [12, 24]],
    ([x, weight, c_attn]) => {
      const qkv = linear(rmsNorm(x as Tensor, gain(weight), 1e-5), matrix(c_attn)); // [2, 9, 24]
      const turned = rope(qkv, ropeTable([0, 1, 2, 3, 4, 5, 6, 7, 8], 6, 100), 3);
      return causalAttention(repeatKeys(turned as Tensor3D, 2, 1), 2);
    },
  ),
  chain(
    'swiglu on a linear layer',
    [
      [7, 5],
      [5, 62],
    ],
    ([x, weight]) => swiglu(linear(x as Tensor, matrix(weight))),
  ),
  chain('crossEntropy of a norm', [[3, 7, 33], [33], [65, 33]], ([x, weight, head]) =>
    crossEntropy(layerNorm(x as Tensor, gain(weight)), head as Tensor2D, ids([3, 7], 65)),
  ),
  chain("a kernel of tfjs's on a norm, of an odd size", [[3, 7], [7]], ([x, weight]) =>
    mul(layerNorm(x as Tensor, gain(weight)), 2),
  ),
];

const reasons = {
  webgpu: (await noWebGPU()) ?? noMixedPrecision(),
  tensorflow: (await noTensorFlow()) ?? noMixedPrecision(),
};
const title = (name: keyof typeof reasons): string =>
  `${name} in mixed precision${reasons[name] ? ` (${reasons[name]})` : ''}`;

describe.each(['webgpu', 'tensorflow'] as const)('on %s', (name) => {
  describe.skipIf(reasons[name])(title(name), () => {
    afterAll(() => expectNoDeviceError(name));

    describe.each(chains)('$name', (operation) => {
      const inputs = inputsOf(operation);
      const mixed: OperationCase = {
        ...operation,
        run: (given) => withPrecision('mixed', () => operation.run(given)),
      };
      let value: Float32Array;
      let gradients: Values;
      let direction: Float32Array;

      beforeAll(async () => {
        await startBackend(name);
        value = await evaluate(mixed, inputs);
        direction = directionLike(value, 0);
        gradients = await gradientsOf(mixed, inputs, direction);
      }, 120_000); // software cards compile slowly

      it('has the value and the gradients of float32 on cpu, within what half precision rounds', async () => {
        await startBackend('cpu');
        expect(distance(value, await evaluate(operation, inputs, operation.reference))).toBeLessThan(
          tolerances[name],
        );
        const expected = await gradientsOf(operation, inputs, direction);
        for (const [i, gradient] of gradients.entries()) {
          expect(distance(gradient, expected[i] as Float32Array)).toBeLessThan(tolerances[name]);
        }
      });
    });
  });
});

describe.skipIf(reasons.webgpu)(title('webgpu'), () => {
  afterAll(() => expectNoDeviceError('webgpu'));

  it('keeps in half the bytes what it keeps, and rounds it to half precision', async () => {
    await startBackend('webgpu');
    const x = tensor([[0.1, 0.2, 0.4, 0.9]]);
    const made = (): [Tensor, number] => {
      const before = inUse();
      const y = layerNorm(x, gain(ones([4])));
      return [y, inUse() - before];
    };
    const inUse = (): number => (backend() as TinyWebGPUBackend).memory().numBytesInGPU;
    made()[0].dispose(); // uploads what it reads
    const [whole, wholeBytes] = made();
    const [half, halfBytes] = withPrecision('mixed', made);
    expect(wholeBytes - halfBytes).toBe(8);
    /** Bits of a float32 that half precision has not. */
    const lowBits = async (y: Tensor): Promise<number[]> =>
      [...new Uint32Array(Float32Array.from(await y.data()).buffer)].map((bits) => bits & 0x1fff);
    expect(await lowBits(half)).toEqual([0, 0, 0, 0]);
    expect(await lowBits(whole)).not.toEqual([0, 0, 0, 0]);
  });
});

describe.each(['cpu', 'wasm'] as const)('%s', (name) => {
  it('says that it has no mixed precision, and what has', async () => {
    await useBackend(name);
    expect(() => withPrecision('mixed', () => 1)).toThrowError(
      expect.objectContaining({
        code: 'compute/no-mixed-precision',
        message: expect.stringMatching(/computes in float32.*webgpu/),
      }),
    );
    expect(withPrecision('float32', () => 1)).toBe(1);
  });
});
