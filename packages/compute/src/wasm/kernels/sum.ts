import { backend_util, type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../ops/shapes';
import { passCost, runOnCpu, wasmKernel } from './kernel';

/** Sums over the first or the last axes; tfjs-backend-cpu's kernel does the rest. */
export const sum: KernelConfig = wasmKernel<
  { x: TensorInfo },
  { axis: number | number[]; keepDims: boolean }
>('Sum', (backend, { x }, { axis, keepDims }) => {
  const axes = util.parseAxisParam(axis, x.shape).sort((a, b) => a - b);
  const first = axes[0] ?? 0;
  const isRun = axes.every((each, i) => each === first + i);
  const isLast = first + axes.length === x.shape.length;
  if (x.dtype !== 'float32' || !isRun || !(isLast || first === 0) || sizeOf(x) === 0 || axes.length === 0) {
    return runOnCpu('Sum', backend, { x }, { axis, keepDims });
  }
  const [outShape, sides] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  const y = backend.output(keepDims ? backend_util.expandShapeToKeepDim(outShape, axes) : outShape);
  const [kept, summed] = [sizeOf(y), util.sizeFromShape(sides)];
  const [from, to] = [backend.address(x), backend.address(y)];
  if (isLast) backend.run('rowSums', passCost(sizeOf(x)), kept, summed, from, to);
  else backend.run('columnSums', passCost(sizeOf(x)), summed, kept, from, to);
  return y;
});
