import { backend, getBackend } from '@tensorflow/tfjs-core';
import type { NodeBackend } from '../tensorflow/node-backend';
import type { BackendName } from './backend';
import { currentBackend } from './current-backend';

/** Why a backend, when it is tfjs's current one, has no mixed precision; undefined where it has. */
const reasons: Readonly<Record<BackendName, () => string | undefined>> = {
  tensorflow: () => (backend() as unknown as NodeBackend).noMixedPrecision,
  webgpu: () => {
    const { device } = backend() as unknown as { device: GPUDevice };
    return device.features.has('shader-f16')
      ? undefined
      : 'this graphics card lacks the WebGPU feature shader-f16';
  },
  wasm: () => 'the wasm backend computes in float32',
  cpu: () => 'the cpu backend computes in float32',
};

/**
 * Why the current backend has no mixed precision; undefined where it has. Throws `compute/not-started` before
 * `useBackend`.
 */
export function noMixedPrecision(): string | undefined {
  currentBackend();
  return reasons[getBackend() as BackendName]();
}
