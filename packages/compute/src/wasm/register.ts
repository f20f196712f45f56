import { getKernel, getKernelsForBackend, type KernelConfig, registerKernel } from '@tensorflow/tfjs-core';
import { registerOver } from '../ops/register';
import type { WasmBackend } from './backend';
import { adamw, globalNorm } from './kernels/adamw';
import { attendCached, causalAttention, causalAttentionGrad } from './kernels/attention';
import { cast } from './kernels/cast';
import { crossEntropy, crossEntropyGrad } from './kernels/cross-entropy';
import { dropout } from './kernels/dropout';
import { elementwise } from './kernels/elementwise';
import { embed, embedGrad } from './kernels/embed';
import { linear, linearGrad } from './kernels/linear';
import { batchMatMul, fusedMatMul } from './kernels/mat-mul';
import { layerNorm, layerNormGrad, rmsNorm, rmsNormGrad } from './kernels/norms';
import { residualLinear } from './kernels/residual-linear';
import { rope } from './kernels/rope';
import { sum } from './kernels/sum';
import { swiglu, swigluGrad } from './kernels/swiglu';

const fast: readonly KernelConfig[] = [
  adamw,
  attendCached,
  batchMatMul,
  cast,
  causalAttention,
  causalAttentionGrad,
  crossEntropy,
  crossEntropyGrad,
  dropout,
  ...elementwise,
  embed,
  embedGrad,
  fusedMatMul,
  globalNorm,
  layerNorm,
  layerNormGrad,
  linear,
  linearGrad,
  residualLinear,
  rmsNorm,
  rmsNormGrad,
  rope,
  sum,
  swiglu,
  swigluGrad,
];

/** Gives the backend `wasm` a kernel for every operation: ours where there is one, else tfjs-backend-cpu's. */
export function registerKernels(): void {
  for (const kernel of fast) registerOver(kernel);
  for (const kernel of getKernelsForBackend('cpu')) {
    if (!getKernel(kernel.kernelName, 'wasm')) registerKernel(cpuKernel(kernel));
  }
}

/** tfjs-backend-cpu's kernel, which sees what the fast ones have written once they have ended. */
function cpuKernel({ kernelName, kernelFunc }: KernelConfig): KernelConfig {
  return {
    kernelName,
    backendName: 'wasm',
    kernelFunc(args) {
      (args.backend as WasmBackend).settle();
      return kernelFunc(args);
    },
  };
}
