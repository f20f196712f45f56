import { env, findBackend, ready, registerBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import { TinyWebGPUBackend } from './backend';
import type { Adapter } from './open-backend';
import { registerKernels } from './register';

/** Limits of which a device gets what its adapter has; all others are WebGPU's defaults. */
const wantedLimits = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxStorageBuffersPerShaderStage',
] as const;

/**
 * Makes `webgpu`, on that adapter, tfjs's current backend. One that still runs stays, with its tensors; otherwise a new
 * one takes its place, and tensors of the old one are lost.
 */
export async function startWebGPU(adapter: Adapter): Promise<TinyWebGPUBackend> {
  const running = findBackend('webgpu');
  if (running instanceof TinyWebGPUBackend && !running.failure) {
    await setBackend('webgpu');
    return running;
  }
  const requiredLimits = Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]]));
  const requiredFeatures = (['shader-f16', 'timestamp-query'] as const).filter((name) =>
    adapter.features.has(name),
  );
  const device = await adapter.requestDevice({ requiredLimits, requiredFeatures });
  const backend = new TinyWebGPUBackend(device, adapter.info);
  removeBackend('webgpu'); // tfjs-backend-webgpu registers its own when it is imported
  registerBackend('webgpu', () => backend);
  registerKernels();
  env().set('WEBGPU_CPU_FORWARD', false); // its kernels would leave results on the CPU, out of reach of ours
  await setBackend('webgpu');
  await ready();
  return backend;
}
