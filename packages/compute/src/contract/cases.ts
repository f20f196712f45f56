import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { gather, matMul, reshape, tensor, tensor1d } from '@tensorflow/tfjs-core';
import { causalAttention, causalAttentionReference } from '../ops/causal-attention';
import { crossEntropy, crossEntropyReference } from '../ops/cross-entropy';
import { dropout, dropoutReference } from '../ops/dropout';
import { embed, embedReference } from '../ops/embed';
import { layerNorm, layerNormReference } from '../ops/layer-norm';
import { linear, linearReference } from '../ops/linear';
import { repeatKeys } from '../ops/repeat-keys';
import { residualLinear, residualLinearReference } from '../ops/residual-linear';
import { rmsNorm, rmsNormReference } from '../ops/rms-norm';
import { rope, ropeReference, ropeTable } from '../ops/rope';
import { swiglu, swigluReference } from '../ops/swiglu';
import { unembed } from '../ops/unembed';

/** One operation at one size: what every backend must agree on with the reference, in value and gradient. */
export interface OperationCase {
  readonly name: string;
  /** Shapes of the float inputs; the gradient with respect to each is checked. */
  readonly shapes: readonly (readonly number[])[];
  run(inputs: Tensor[]): Tensor;
  reference(inputs: Tensor[]): Tensor;
}

/** `count` ids below `bound`, with repeats, in no order. */
export function ids(shape: number[], bound: number): Tensor {
  const size = shape.reduce((product, side) => product * side, 1);
  return tensor(
    Int32Array.from({ length: size }, (_, i) => (i * 7 + ((i * i) % 5)) % bound),
    shape,
    'int32',
  );
}

/** Positions that a cache may have: not from 0 on, nor in order. */
const positions = (T: number): number[] => Array.from({ length: T }, (_, t) => (5 * t + 3) % 37);

/** Odd sizes on purpose: kernels that work in tiles go wrong at the edges. */
export const cases: readonly OperationCase[] = [
  ...[[1, 1, 1, 3] as const, [2, 7, 31, 5] as const, [3, 33, 65, 129] as const].map(
    ([B, T, V, C]): OperationCase => ({
      name: `embed: [${B}, ${T}] ids, table [${V}, ${C}]`,
      shapes: [[V, C]],
      run: ([table]) => embed(ids([B, T], V), table as Tensor2D),
      reference: ([table]) => embedReference({ ids: ids([B, T], V), table: table as Tensor2D }),
    }),
  ),
  ...[[1, 1, 3] as const, [2, 7, 33] as const, [3, 5, 129] as const].flatMap(([B, T, C]): OperationCase[] => [
    {
      name: `layerNorm: [${B}, ${T}, ${C}]`,
      shapes: [[B, T, C], [C], [C]],
      run: ([x, weight, bias]) =>
        layerNorm(x as Tensor, { weight: weight as Tensor1D, bias: bias as Tensor1D }),
      reference: ([x, weight, bias]) =>
        layerNormReference({ x: x as Tensor, weight: weight as Tensor1D, bias: bias as Tensor1D })[0],
    },
    {
      name: `layerNorm: [${B}, ${T}, ${C}], no bias`,
      shapes: [[B, T, C], [C]],
      run: ([x, weight]) => layerNorm(x as Tensor, { weight: weight as Tensor1D }),
      reference: ([x, weight]) => layerNormReference({ x: x as Tensor, weight: weight as Tensor1D })[0],
    },
    {
      name: `rmsNorm: [${B}, ${T}, ${C}]`,
      shapes: [[B, T, C], [C]],
      run: ([x, weight]) => rmsNorm(x as Tensor, { weight: weight as Tensor1D }, 1e-3),
      reference: ([x, weight]) =>
        rmsNormReference({ x: x as Tensor, weight: weight as Tensor1D }, { epsilon: 1e-3 })[0],
    },
  ]),
  ...[[1, 1, 2, 1, 1] as const, [2, 7, 10, 3, 2] as const, [3, 33, 6, 5, 5] as const].map(
    ([B, T, D, heads, turned]): OperationCase => ({
      name: `rope: [${B}, ${T}], ${turned} of ${heads} heads of ${D}`,
      shapes: [[B, T, heads * D]],
      run: ([x]) => rope(x as Tensor, ropeTable(positions(T), D, 100), turned),
      reference: ([x]) => {
        const table = ropeTable(positions(T), D, 100);
        return ropeReference({ x: x as Tensor, table }, { heads: turned, inverse: false });
      },
    }),
  ),
  ...[[1, 1, 1] as const, [2, 7, 33] as const, [3, 5, 128] as const].map(
    ([B, T, F]): OperationCase => ({
      name: `swiglu: [${B}, ${T}, ${2 * F}]`,
      shapes: [[B, T, 2 * F]],
      run: ([x]) => swiglu(x as Tensor),
      reference: ([x]) => swigluReference({ x: x as Tensor }),
    }),
  ),
  {
    name: 'repeatKeys: 6 heads of queries, 2 of keys',
    shapes: [[2, 7, 10 * 3]],
    run: ([qkv]) => repeatKeys(qkv as Tensor3D, 6, 2),
    reference: ([qkv]) => {
      const heads = [0, 1, 2, 3, 4, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9];
      const given = reshape(qkv as Tensor, [2, 7, 10, 3]);
      return reshape(gather(given, tensor1d(heads, 'int32'), 2), [2, 7, 18 * 3]);
    },
  },
  ...[[1, 1, 1] as const, [1, 129, 65] as const, [7, 3, 31] as const, [33, 65, 129] as const].flatMap(
    ([N, I, O]) =>
      ([undefined, 'gelu', 'gelu_tanh'] as const).flatMap((activation): OperationCase[] => [
        {
          name: `linear: [${N}, ${I}] to ${O}, bias${activation ? `, ${activation}` : ''}`,
          shapes: [[N, I], [I, O], [O]],
          run: ([x, weight, bias]) =>
            linear(x as Tensor, { weight: weight as Tensor2D, bias: bias as Tensor1D }, activation),
          reference: ([x, weight, bias]) =>
            linearReference(
              { x: x as Tensor, weight: weight as Tensor2D, bias: bias as Tensor1D },
              activation ? { activation } : {},
            )[0] as Tensor,
        },
        {
          name: `linear: [1, ${N}, ${I}] to ${O}, no bias${activation ? `, ${activation}` : ''}`,
          shapes: [
            [1, N, I],
            [I, O],
          ],
          run: ([x, weight]) => linear(x as Tensor, { weight: weight as Tensor2D }, activation),
          reference: ([x, weight]) =>
            linearReference(
              { x: x as Tensor, weight: weight as Tensor2D },
              activation ? { activation } : {},
            )[0] as Tensor,
        },
      ]),
  ),
  ...[[1, 1, 1] as const, [7, 3, 31] as const, [33, 65, 129] as const].flatMap(([N, I, O]) =>
    [undefined, { rate: 0.3, seed: 5, offset: 9 }].flatMap((dropped): OperationCase[] => [
      {
        name: `residualLinear: [1, ${N}, ${I}] to ${O}, bias${dropped ? ', dropout' : ''}`,
        shapes: [[1, N, O], [1, N, I], [I, O], [O]],
        run: ([residual, x, weight, bias]) =>
          residualLinear(
            residual as Tensor,
            x as Tensor,
            { weight: weight as Tensor2D, bias: bias as Tensor1D },
            dropped,
          ),
        reference: ([residual, x, weight, bias]) =>
          residualLinearReference(
            {
              residual: residual as Tensor,
              x: x as Tensor,
              weight: weight as Tensor2D,
              bias: bias as Tensor1D,
            },
            { ...dropped },
          ),
      },
      {
        name: `residualLinear: [${N}, ${I}] to ${O}, no bias${dropped ? ', dropout' : ''}`,
        shapes: [
          [N, O],
          [N, I],
          [I, O],
        ],
        run: ([residual, x, weight]) =>
          residualLinear(residual as Tensor, x as Tensor, { weight: weight as Tensor2D }, dropped),
        reference: ([residual, x, weight]) =>
          residualLinearReference(
            { residual: residual as Tensor, x: x as Tensor, weight: weight as Tensor2D },
            { ...dropped },
          ),
      },
    ]),
  ),
  ...[
    [1, 1, 1, 1] as const,
    [2, 7, 3, 5] as const,
    [1, 33, 2, 31] as const,
    [1, 129, 1, 7] as const,
    [1, 70, 1, 64] as const,
  ].flatMap(([B, T, H, D]) =>
    [undefined, { rate: 0.3, seed: 5, offset: 9 }].map(
      (dropped): OperationCase => ({
        name: `causalAttention: ${H} heads of ${D}, [${B}, ${T}]${dropped ? ', dropout' : ''}`,
        shapes: [[B, T, 3 * H * D]],
        run: ([qkv]) => causalAttention(qkv as Tensor3D, H, dropped),
        reference: ([qkv]) => causalAttentionReference({ qkv: qkv as Tensor3D }, { nHead: H, ...dropped })[0],
      }),
    ),
  ),
  ...[[1, 1, 2, 1] as const, [3, 7, 31, 5] as const, [2, 300, 65, 33] as const, [3, 700, 7, 2] as const].map(
    ([B, T, V, C]): OperationCase => ({
      name: `crossEntropy: [${B}, ${T}, ${C}], head [${V}, ${C}]`,
      shapes: [
        [B, T, C],
        [V, C],
      ],
      run: ([x, head]) => crossEntropy(x as Tensor, head as Tensor2D, ids([B, T], V)),
      reference: ([x, head]) =>
        crossEntropyReference(
          { x: x as Tensor, head: head as Tensor2D, targets: ids([B, T], V) },
          { ignoreIndex: -1 },
        )[0],
    }),
  ),
  {
    name: 'crossEntropy: targets of 3 ignored',
    shapes: [
      [4, 9, 5],
      [7, 5],
    ],
    run: ([x, head]) => crossEntropy(x as Tensor, head as Tensor2D, ids([4, 9], 7), { ignoreIndex: 3 }),
    reference: ([x, head]) =>
      crossEntropyReference(
        { x: x as Tensor, head: head as Tensor2D, targets: ids([4, 9], 7) },
        { ignoreIndex: 3 },
      )[0],
  },
  {
    name: 'unembed: [2, 7, 33], head [65, 33]',
    shapes: [
      [2, 7, 33],
      [65, 33],
    ],
    run: ([x, head]) => unembed(x as Tensor, head as Tensor2D),
    reference: ([x, head]) =>
      reshape(matMul(reshape(x as Tensor, [14, 33]), head as Tensor2D, false, true), [2, 7, 65]),
  },
  {
    name: 'dropout: [3, 7, 11], rate 0.4',
    shapes: [[3, 7, 11]],
    run: ([x]) => dropout(x as Tensor, { rate: 0.4, seed: 1, offset: 2 }),
    reference: ([x]) => dropoutReference({ x: x as Tensor }, { rate: 0.4, seed: 1, offset: 2 }),
  },
];
