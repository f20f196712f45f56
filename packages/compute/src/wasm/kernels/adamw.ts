import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { AdamWAttributes } from '../../ops/adamw';
import { sizeOf } from '../../ops/shapes';
import { passCost, wasmKernel } from './kernel';

/** Words of a record of the tables in wasm/adamw.ts. */
const ADAMW_WORDS = 6;
const NORM_WORDS = 2;

/** Inputs are gradientScale and, for each slot i, `p${i}`, `g${i}`, `m${i}`, `v${i}`; p, m and v change in place. */
export const adamw: KernelConfig = wasmKernel<Record<string, TensorInfo>, AdamWAttributes>(
  'AdamW',
  (backend, inputs, { count, learningRate, weightDecays, beta1, beta2, epsilon, step }) => {
    const length = count * ADAMW_WORDS;
    backend.withRoom(4 * length, (table) => {
      const { integers, floats } = backend.viewsAt(table, length);
      let numbers = 0;
      for (let i = 0; i < count; i++) {
        const tensors = ['p', 'g', 'm', 'v'].map((part) => inputs[part + i] as TensorInfo);
        const n = sizeOf(tensors[0] as TensorInfo);
        integers.set([...tensors.map((tensor) => backend.address(tensor)), n], i * ADAMW_WORDS);
        floats[i * ADAMW_WORDS + ADAMW_WORDS - 1] = 1 - learningRate * (weightDecays[i] ?? 0);
        numbers += n;
      }
      const stepSize = learningRate / (1 - beta1 ** step);
      const vCorrection = Math.sqrt(1 - beta2 ** step);
      const scale = backend.address(inputs.gradientScale);
      const rates = [beta1, beta2, stepSize, vCorrection, epsilon];
      backend.run('adamw', passCost(7 * numbers), count, table, scale, ...rates);
    });
    return [];
  },
);

export const globalNorm: KernelConfig = wasmKernel<Record<string, TensorInfo>>(
  'GlobalNorm',
  (backend, inputs) => {
    const tensors = Object.values(inputs);
    const norm = backend.output([]);
    const length = tensors.length * NORM_WORDS;
    backend.withRoom(4 * length + 8 * backend.threads, (table) => {
      const { integers } = backend.viewsAt(table, length);
      let numbers = 0;
      for (const [i, tensor] of tensors.entries()) {
        integers.set([backend.address(tensor), sizeOf(tensor)], i * NORM_WORDS);
        numbers += sizeOf(tensor);
      }
      backend.run(
        'globalNorm',
        passCost(numbers),
        tensors.length,
        table,
        table + 4 * length,
        backend.address(norm),
      );
    });
    return [norm];
  },
);
