/** What a device can do wrong, and what then. */
import { TinyllmError } from '@tinyllm/common';

export function outOfMemory(size: number, why: string): TinyllmError {
  return new TinyllmError(
    'compute/out-of-memory',
    `The graphics card has no room for a tensor of ${size} bytes: ${why}. Use a smaller batch, block or model; ` +
      'the last checkpoint is as it was.',
  );
}

export function failureOf({ message }: GPUError): TinyllmError {
  return new TinyllmError(
    'compute/webgpu-error',
    `The WebGPU device reported an error, so results since then are wrong: ${message} Start again from the last ` +
      'checkpoint, on wasm if it comes back, and report it.',
  );
}

export function unreadable(cause: unknown): TinyllmError {
  return new TinyllmError(
    'compute/webgpu-error',
    'The WebGPU device did not give back the values of a tensor. Call useBackend() again and go on from the last checkpoint.',
    { cause },
  );
}

export function lostDevice(message: string): TinyllmError {
  return new TinyllmError(
    'compute/device-lost',
    `The graphics card was lost, as when its driver restarts or memory runs out${message ? ` (${message})` : ''}. ` +
      'Call useBackend() again and go on from the last checkpoint.',
  );
}
