import type { KernelConfig } from '@tensorflow/tfjs-core';
import { registerOver } from '../ops/register';
import { adamw } from './kernels/adamw';
import { attendCached } from './kernels/cached-attention';
import { causalAttention, causalAttentionGrad } from './kernels/causal-attention';
import { crossEntropy, crossEntropyGrad } from './kernels/cross-entropy';
import { dropout } from './kernels/dropout';
import { embed, embedGrad } from './kernels/embed';
import { globalNorm } from './kernels/global-norm';
import { gradientScale } from './kernels/gradient-scale';
import { linear, linearGrad, residualLinear } from './kernels/linear';
import { layerNorm, layerNormGrad, rmsNorm, rmsNormGrad } from './kernels/norms';
import { rope } from './kernels/rope';
import { swiglu, swigluGrad } from './kernels/swiglu';

const kernels: readonly KernelConfig[] = [
  adamw,
  attendCached,
  causalAttention,
  causalAttentionGrad,
  crossEntropy,
  crossEntropyGrad,
  dropout,
  embed,
  embedGrad,
  globalNorm,
  gradientScale,
  layerNorm,
  layerNormGrad,
  linear,
  linearGrad,
  residualLinear,
  rmsNorm,
  rmsNormGrad,
  rope,
  swiglu,
  swigluGrad,
];

/** Gives the backend `webgpu` our kernels, in place of references and of tfjs-backend-webgpu's. */
export function registerKernels(): void {
  for (const kernel of kernels) registerOver(kernel);
}
