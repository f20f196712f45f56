import { getKernel, type KernelConfig, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { adamw } from './kernels/adamw';
import { causalAttention, causalAttentionGrad } from './kernels/causal-attention';
import { dropout } from './kernels/dropout';
import { globalNorm } from './kernels/global-norm';
import { linear, linearGrad } from './kernels/linear';
import { layerNorm, layerNormGrad, rmsNorm, rmsNormGrad } from './kernels/norms';

const kernels: readonly KernelConfig[] = [
  adamw,
  causalAttention,
  causalAttentionGrad,
  dropout,
  globalNorm,
  layerNorm,
  layerNormGrad,
  linear,
  linearGrad,
  rmsNorm,
  rmsNormGrad,
];

/** Gives the backend `webgpu` our kernels, in place of references and of tfjs-backend-webgpu's. */
export function registerKernels(): void {
  for (const kernel of kernels) {
    if (getKernel(kernel.kernelName, 'webgpu')) unregisterKernel(kernel.kernelName, 'webgpu');
    registerKernel(kernel);
  }
}
