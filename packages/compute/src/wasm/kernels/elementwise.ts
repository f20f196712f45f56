import { backend_util, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../ops/shapes';
import { passCost, runOnCpu, wasmKernel } from './kernel';

/** tfjs's kernels, in the order of their numbers in wasm/elementwise.ts. */
const names = ['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum'] as const;

/**
 * After how many numbers `shape` repeats when it is broadcast to `whole`: it must be the last axes of `whole`, with
 * ones before them, or a single number; undefined for other ways of broadcasting.
 */
function periodIn(shape: number[], whole: number[]): number | undefined {
  const firstSide = shape.findIndex((side) => side !== 1);
  if (firstSide === -1) return 1;
  const suffix = shape.slice(firstSide);
  const matches = suffix.every((side, i) => side === whole[whole.length - suffix.length + i]);
  return matches ? suffix.reduce((product, side) => product * side, 1) : undefined;
}

export const elementwise: readonly KernelConfig[] = names.map((name, number) =>
  wasmKernel<{ a: TensorInfo; b: TensorInfo }>(name, (backend, { a, b }) => {
    const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const aPeriod = periodIn(a.shape, shape);
    const bPeriod = periodIn(b.shape, shape);
    const isFloat = a.dtype === 'float32' && b.dtype === 'float32';
    if (!isFloat || !aPeriod || !bPeriod) return runOnCpu(name, backend, { a, b });
    const y = backend.output(shape);
    const n = sizeOf(y);
    const [from, other, to] = [backend.address(a), backend.address(b), backend.address(y)];
    backend.run('elementwise', passCost(n), number, n, from, aPeriod, other, bPeriod, to);
    return y;
  }),
);
