import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { DropoutInputs, DropoutOptions } from '../../ops/dropout';
import { sizeOf } from '../../ops/shapes';
import { DT_FLOAT, DT_UINT32, DT_UINT64, type NativeOps, type Value } from '../native-ops';
import { tensorflowKernel } from './kernel';

/** TensorFlow's number for Philox4x32-10. */
const PHILOX = 1;
/** Words of a block of Philox's. */
const BLOCK = 4;

const low = (value: number): number => value | 0;
const high = (value: number): number => Math.floor(value / 2 ** 32) | 0;

/**
 * 1 where element `first` + i of a mask is kept and 0 where it is dropped, `shape`. The words are those of `randomWords`
 * of @tinyllm/common: TensorFlow counts blocks as it does, in the lower half of a 128-bit counter.
 */
export function keepMask(
  ops: NativeOps,
  { rate, seed, offset }: DropoutOptions,
  shape: readonly number[],
  first = 0,
): Value {
  const count = shape.reduce((product, side) => product * side, 1);
  const block = Math.floor(first / BLOCK);
  const lead = first % BLOCK;
  const wide = (words: number[]): Value =>
    ops.run('Bitcast', [ops.integers(words, [words.length / 2, 2])], { type: { type: DT_UINT64 } });
  const key = wide([low(seed), high(seed)]);
  const counter = wide([low(block), high(block), low(offset), high(offset)]);
  const words = ops.run(
    'StatelessRandomUniformFullIntV2',
    [ops.integers([lead + count]), key, counter, ops.integers([PHILOX], [])],
    { dtype: { type: DT_UINT32 } },
  ); // [lead + count]
  // a word is a whole number, so it is below a threshold where it is below the next whole number
  const threshold = ops.integers([low(Math.ceil(rate * 2 ** 32))], []);
  const least = ops.run('Bitcast', [threshold], { type: { type: DT_UINT32 } });
  const kept = ops.run('GreaterEqual', [ops.slice(words, [lead], [count]), least]);
  return ops.reshape(ops.cast(kept, DT_FLOAT), shape);
}

/** x/(1 − rate) where kept (Srivastava et al. 2014). */
export const dropout: KernelConfig = tensorflowKernel<DropoutInputs, DropoutOptions>(
  'Dropout',
  (ops, { x }, options) => {
    const flat = ops.of(x, [sizeOf(x)]);
    const kept = ops.mul(flat, keepMask(ops, options, flat.shape));
    return [ops.output(ops.mul(kept, ops.scalar(1 / (1 - options.rate))), x.shape)];
  },
);
