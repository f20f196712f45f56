import type { DataType, KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { runOnCpu, wasmKernel } from './kernel';

/**
 * tfjs-backend-cpu passes the same array on under another dtype where no digits are lost; here a float32 tensor
 * must hold float32, so numbers are converted.
 */
export const cast: KernelConfig = wasmKernel<{ x: TensorInfo }, { dtype: DataType }>(
  'Cast',
  (backend, { x }, { dtype }) => {
    if (dtype === x.dtype) return backend.alias(x);
    const { values } = backend.data.get(x.dataId);
    const isNumeric = ['float32', 'int32', 'bool'].includes(x.dtype);
    if (!isNumeric || (dtype !== 'float32' && dtype !== 'int32'))
      return runOnCpu('Cast', backend, { x }, { dtype });
    const y = backend.output(x.shape, dtype);
    backend.valuesOf(y).set(values as ArrayLike<number>);
    return y;
  },
);
