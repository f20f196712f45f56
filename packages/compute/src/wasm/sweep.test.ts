/** Ordinary tfjs ops, most of them tfjs-backend-cpu's kernels on this backend's memory: as on cpu, value for value. */
import '../gradients';
import * as tf from '@tensorflow/tfjs-core';
import { createRandom } from '@tinyllm/common';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../backends/use-backend';

const random = createRandom(7);
const numbers = (size: number) => Float32Array.from({ length: size }, () => random.normal());
const [a, b, c] = [numbers(60), numbers(60), numbers(20)];
const integers = Int32Array.from({ length: 60 }, (_, i) => (i * 7) % 11);

interface Given {
  /** [3, 4, 5] float32 each, all above 1 in `positive`. */
  a: tf.Tensor3D;
  b: tf.Tensor3D;
  positive: tf.Tensor3D;
  /** [4, 5] */
  c: tf.Tensor2D;
  /** [3, 4, 5] int32, 0 to 10 */
  i: tf.Tensor3D;
  /** [3, 4, 5] bool */
  flag: tf.Tensor3D;
}

function given(): Given {
  const x = tf.tensor3d(a, [3, 4, 5]);
  return {
    a: x,
    b: tf.tensor3d(b, [3, 4, 5]),
    positive: tf.add(tf.abs(x), 1.5),
    c: tf.tensor2d(c, [4, 5]),
    i: tf.tensor3d(integers, [3, 4, 5], 'int32'),
    flag: tf.greater(x, 0),
  };
}

const unary = [
  ...(['abs', 'ceil', 'cos', 'cosh', 'elu', 'erf', 'exp', 'expm1', 'floor', 'isFinite', 'isNaN'] as const),
  ...(['leakyRelu', 'logSigmoid', 'neg', 'onesLike', 'relu', 'relu6', 'round', 'selu', 'sigmoid'] as const),
  ...(['sign', 'sin', 'sinh', 'softplus', 'square', 'step', 'tan', 'tanh', 'zerosLike', 'softmax'] as const),
  ...(['logSoftmax', 'logSumExp', 'sum', 'mean', 'max', 'min', 'prod', 'argMax', 'argMin', 'atan'] as const),
];
const positive = ['log', 'log1p', 'reciprocal', 'rsqrt', 'sqrt', 'acosh', 'asinh'] as const;
const binary = [
  ...(['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'squaredDifference', 'atan2', 'mod'] as const),
  ...(['equal', 'notEqual', 'greater', 'greaterEqual', 'less', 'lessEqual', 'divNoNan'] as const),
];

type Run = (x: Given) => tf.Tensor | tf.Tensor[];
type Operation = (...operands: tf.Tensor[]) => tf.Tensor;
const { ...operations } = tf as unknown as Record<string, Operation>;

/** A run for each of the named ops. */
function each(
  names: readonly string[],
  run: (operation: Operation) => Run,
  suffix = '',
): Record<string, Run> {
  return Object.fromEntries(names.map((name) => [name + suffix, run(operations[name] as Operation)]));
}

const sweep: Record<string, Run> = {
  ...each(unary, (op) => (x) => op(x.a)),
  ...each(positive, (op) => (x) => op(x.positive)),
  ...each(binary, (op) => (x) => op(x.a, x.b)),
  ...each(binary, (op) => (x) => op(x.a, x.c), ', repeated'),
  ...each(binary, (op) => (x) => op(x.c, x.b), ', the first repeated'),
  'add, a number': (x) => tf.add(x.a, 2),
  'sub, from a number': (x) => tf.sub(2, x.a),
  'add, along the middle': (x) => tf.add(x.a, tf.slice(x.b, [0, 0, 0], [3, 1, 5])),
  'add, along the end': (x) => tf.add(x.a, tf.slice(x.b, [0, 0, 0], [3, 4, 1])),
  'add, both ways': (x) => tf.add(tf.slice(x.a, 0, [3, 1, 5]), tf.slice(x.c, 0, [4, 1])),
  'add, integers': (x) => tf.add(x.i, x.i),
  'add, after a cast': (x) => tf.add(x.a, tf.cast(x.i, 'float32')),
  'mul, by a flag': (x) => tf.mul(x.a, tf.cast(x.flag, 'float32')),
  addN: (x) => tf.addN([x.a, x.b, x.a]),
  'argMax, axis': (x) => tf.argMax(x.a, 1),
  avgPool: (x) => tf.avgPool(x.a, 2, 1, 'valid'),
  batchNorm: (x) => tf.batchNorm(x.a, tf.tensor1d(c.slice(0, 5)), tf.ones([5])),
  'cast, to int': (x) => tf.cast(x.a, 'int32'),
  'cast, to bool': (x) => tf.cast(x.i, 'bool'),
  clipByValue: (x) => tf.clipByValue(x.a, -0.5, 0.5),
  complex: (x) => tf.real(tf.complex(x.a, x.b)),
  concat: (x) => tf.concat([x.a, x.b], 1),
  conv2d: (x) => tf.conv2d(x.a, tf.tensor4d(a.slice(0, 40), [2, 2, 5, 2]), 1, 'same'),
  cumsum: (x) => tf.cumsum(x.a, 1),
  dot: (x) => tf.dot(x.c, tf.tensor1d(a.slice(0, 5))),
  einsum: (x) => tf.einsum('bij,bkj->bik', x.a, x.b),
  expandDims: (x) => tf.expandDims(x.a, 1),
  fft: (x) => tf.imag(tf.fft(tf.complex(x.a, x.b))),
  fill: () => tf.fill([3, 2], 7),
  gather: (x) => tf.gather(x.a, tf.tensor1d([2, 0, 1], 'int32'), 1),
  gatherND: (x) =>
    tf.gatherND(
      x.a,
      tf.tensor2d(
        [
          [0, 1],
          [2, 3],
        ],
        [2, 2],
        'int32',
      ),
    ),
  linspace: () => tf.linspace(0, 1, 7),
  logicalAnd: (x) => tf.logicalAnd(x.flag, tf.logicalNot(x.flag)),
  matMul: (x) => tf.matMul(x.c, tf.transpose(x.c)),
  'matMul, transposed a': (x) => tf.matMul(x.a, x.b, true),
  'matMul, transposed b': (x) => tf.matMul(x.a, x.b, false, true),
  'matMul, both transposed': (x) => tf.matMul(x.c, tf.reshape(x.c, [5, 4]), true, true),
  'matMul, one matrix for all': (x) => tf.matMul(x.a, tf.transpose(x.c)),
  'fused.matMul': (x) =>
    tf.fused.matMul({ a: x.c, b: x.c, transposeB: true, bias: tf.tensor1d(a.slice(0, 4)) }),
  'fused.matMul, relu': (x) => tf.fused.matMul({ a: x.c, b: x.c, transposeB: true, activation: 'relu' }),
  maxPool: (x) => tf.maxPool(x.a, 2, 1, 'same'),
  'mean, axes': (x) => tf.mean(x.a, [0, 2]),
  mirrorPad: (x) =>
    tf.mirrorPad(
      x.c,
      [
        [1, 1],
        [2, 0],
      ],
      'reflect',
    ),
  oneHot: (x) => tf.oneHot(x.i, 11),
  pad: (x) =>
    tf.pad(x.c, [
      [1, 2],
      [0, 3],
    ]),
  pow: (x) => tf.pow(x.positive, x.a),
  range: () => tf.range(0, 9, 2, 'int32'),
  resizeBilinear: (x) => tf.image.resizeBilinear(x.a, [5, 7]),
  reverse: (x) => tf.reverse(x.a, 1),
  scatterND: (x) => tf.scatterND(tf.tensor2d([[0], [2], [0], [1]], [4, 1], 'int32'), x.c, [3, 5]),
  slice: (x) => tf.slice(x.a, [1, 0, 2], [2, 3, 2]),
  split: (x) => tf.split(x.a, [1, 3], 1),
  squeeze: (x) => tf.squeeze(tf.slice(x.a, 0, [1, 4, 5])),
  stack: (x) => tf.stack([x.a, x.b], 1),
  stridedSlice: (x) => tf.stridedSlice(x.a, [0, 3, 0], [3, 0, 5], [2, -1, 2]),
  'sum, first axis': (x) => tf.sum(x.a, 0),
  'sum, first two axes': (x) => tf.sum(x.a, [0, 1], true),
  'sum, middle axis': (x) => tf.sum(x.a, 1),
  'sum, last axis': (x) => tf.sum(x.a, -1, true),
  'sum, outer axes': (x) => tf.sum(x.a, [0, 2]),
  'sum, integers': (x) => tf.sum(x.i, 0),
  tensorScatterUpdate: (x) =>
    tf.tensorScatterUpdate(x.c, tf.tensor2d([[1]], [1, 1], 'int32'), tf.ones([1, 5])),
  tile: (x) => tf.tile(x.c, [2, 3]),
  topk: (x) => tf.topk(x.a, 2).values,
  transpose: (x) => tf.transpose(x.a, [2, 0, 1]),
  unique: (x) => tf.unique(tf.reshape(x.i, [60])).values,
  unsortedSegmentSum: (x) => tf.unsortedSegmentSum(x.a, tf.tensor1d([1, 0, 1], 'int32'), 2),
  unstack: (x) => tf.unstack(x.a, 1),
  where: (x) => tf.where(x.flag, x.a, x.b),
};

const valuesOf = (run: Run): number[][] =>
  tf.tidy(() => [run(given())].flat().map((output) => [...output.dataSync()]));

/** The gradient of half the sum of the first output with respect to a; none where tfjs has none or it is not asked. */
function gradientOf(run: Run): number[] {
  return tf.tidy(() => {
    const x = given();
    const half = (a: tf.Tensor) => tf.sum(tf.mul([run({ ...x, a: a as tf.Tensor3D })].flat()[0] ?? a, 0.5));
    try {
      return [...tf.grad(half)(x.a).dataSync()];
    } catch {
      return [];
    }
  });
}

describe('every tfjs op gives on wasm what it gives on cpu', () => {
  it.each(Object.entries(sweep))('%s', async (_name, run) => {
    await useBackend('cpu');
    const expected = [...valuesOf(run), gradientOf(run)];
    await useBackend('wasm', { threads: 2 });
    const { numTensors, numDataBuffers } = tf.memory();
    const values = valuesOf(run);
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers });
    const actual = [...values, gradientOf(run)];
    expect(actual.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
    for (const [i, numbers] of actual.entries()) {
      for (const [j, number] of numbers.entries()) expect(number).toBeCloseTo(expected[i]?.[j] as number, 5);
    }
  });
});
