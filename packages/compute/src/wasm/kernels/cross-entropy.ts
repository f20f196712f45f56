import type { KernelConfig } from '@tensorflow/tfjs-core';
import type {
  CrossEntropyAttributes,
  CrossEntropyInputs,
  CrossEntropyUnitGradients,
} from '../../ops/cross-entropy';
import { checkIds } from '../../ops/ids';
import { isRecording } from '../../ops/register';
import { lastOf, sizeOf } from '../../ops/shapes';
import { productCost, wasmKernel } from './kernel';

/** Rows whose logits exist at once, and how many numbers those may be: 64 MiB. */
const CHUNK_ROWS = 512;
const CHUNK_NUMBERS = 16 * 2 ** 20;

/** As the reference, and when a gradient may be asked for also the gradients of x and head for dy = 1. */
export const crossEntropy: KernelConfig = wasmKernel<CrossEntropyInputs, CrossEntropyAttributes>(
  'CrossEntropy',
  (backend, { x, head, targets }, { ignoreIndex }) => {
    const C = lastOf(x);
    const N = sizeOf(x) / C;
    const V = head.shape[0] as number;
    checkIds(backend.valuesOf(targets), V, ignoreIndex);
    const outputs = [backend.output([]), backend.output([N]), backend.output([])];
    const gradients = isRecording() ? [backend.output(x.shape), backend.output(head.shape)] : [];
    const [loss, logSumExp, count, dx, dHead] = [...outputs, ...gradients];
    const rows = Math.max(1, Math.min(CHUNK_ROWS, N, Math.floor(CHUNK_NUMBERS / V)));
    const cost = (gradients.length + 1) * productCost(N, V, C);
    const [xAt, headAt, targetsAt] = [x, head, targets].map((tensor) => backend.address(tensor)) as [
      number,
      number,
      number,
    ];
    const results = [loss, logSumExp, count, dx, dHead].map((tensor) => backend.address(tensor));
    backend.withRoom(4 * rows * V + 8 * backend.threads + 8, (logits) => {
      const parts = logits + Math.ceil((4 * rows * V) / 8) * 8;
      const inputs = [xAt, headAt, targetsAt, ignoreIndex, rows, logits, parts];
      backend.run('crossEntropy', cost, N, C, V, ...inputs, ...results);
    });
    return [...outputs, ...gradients];
  },
);

export const crossEntropyGrad: KernelConfig = wasmKernel<CrossEntropyUnitGradients>(
  'CrossEntropyGrad',
  (backend, { dy, dxUnit, dHeadUnit }) =>
    [dxUnit, dHeadUnit].map((gradient) => {
      if (backend.valuesOf(dy)[0] === 1) return backend.alias(gradient);
      const scaled = backend.output(gradient.shape);
      const n = sizeOf(gradient);
      const [from, by, to] = [gradient, dy, scaled].map((tensor) => backend.address(tensor)) as [
        number,
        number,
        number,
      ];
      backend.run('elementwise', n, MULTIPLY, n, from, n, by, 1, to);
      return scaled;
    }),
);

/** Multiplication's number in wasm/elementwise.ts. */
const MULTIPLY = 2;
