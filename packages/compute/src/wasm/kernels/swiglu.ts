import type { KernelConfig } from '@tensorflow/tfjs-core';
import { lastOf, sizeOf } from '../../ops/shapes';
import type { SwiGLUGradInputs, SwiGLUInputs } from '../../ops/swiglu';
import { passCost, wasmKernel } from './kernel';

export const swiglu: KernelConfig = wasmKernel<SwiGLUInputs>('SwiGLU', (backend, { x }) => {
  const F = lastOf(x) / 2;
  const y = backend.output([...x.shape.slice(0, -1), F]);
  const N = sizeOf(y) / F;
  backend.run('swiglu', passCost(8 * sizeOf(y)), N, F, backend.address(x), backend.address(y));
  return [y];
});

export const swigluGrad: KernelConfig = wasmKernel<SwiGLUGradInputs>('SwiGLUGrad', (backend, { dy, x }) => {
  const F = lastOf(x) / 2;
  const dx = backend.output(x.shape);
  const addresses = [dy, x, dx].map((tensor) => backend.address(tensor));
  backend.run('swigluGrad', passCost(8 * sizeOf(x)), sizeOf(x) / F / 2, F, ...addresses);
  return [dx];
});
