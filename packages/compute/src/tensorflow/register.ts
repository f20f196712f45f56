import type { KernelConfig } from '@tensorflow/tfjs-core';
import { registerOver } from '../ops/register';
import { adamw, globalNorm } from './kernels/adamw';
import { attendCached } from './kernels/cached-attention';
import { causalAttention, causalAttentionGrad } from './kernels/causal-attention';
import { crossEntropy, crossEntropyGrad } from './kernels/cross-entropy';
import { dropout } from './kernels/dropout';
import { embed, embedGrad } from './kernels/embed';
import { linear, linearGrad } from './kernels/linear';
import { layerNorm, layerNormGrad, rmsNorm, rmsNormGrad } from './kernels/norms';
import { swiglu, swigluGrad } from './kernels/swiglu';

/** For `rope` the reference does, which runs TensorFlow's ops too. */
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
  layerNorm,
  layerNormGrad,
  linear,
  linearGrad,
  rmsNorm,
  rmsNormGrad,
  swiglu,
  swigluGrad,
];

/** Gives the backend `tensorflow` our kernels, in place of references. */
export function registerKernels(): void {
  for (const kernel of kernels) registerOver(kernel);
}
