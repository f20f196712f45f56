import { engine, type Tensor, tensor, util } from '@tensorflow/tfjs-core';
import { currentBackend } from './backends/current-backend';
import type { WasmBackend } from './wasm/backend';

/**
 * A float32 tensor of `shape` whose values `fill` writes, every one of them: on the `wasm` backend into the tensor's own
 * memory, so that what is read from a file is not copied once more. `fill` must not keep the array. The caller disposes.
 * Throws `compute/not-started` before `useBackend`.
 */
export function filledTensor(shape: readonly number[], fill: (values: Float32Array) => void): Tensor {
  const wasm = currentBackend() as WasmBackend;
  if (typeof wasm.valuesOf !== 'function') {
    const values = new Float32Array(util.sizeFromShape([...shape]));
    fill(values);
    return tensor(values, [...shape], 'float32');
  }
  const filled = engine().makeTensorFromTensorInfo(wasm.output(shape));
  try {
    fill(wasm.valuesOf(filled) as Float32Array);
    return filled;
  } catch (error) {
    filled.dispose();
    throw error;
  }
}
