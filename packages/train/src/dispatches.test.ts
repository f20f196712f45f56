/** How often the least graphics card is called: what a small model's step costs there, more than its arithmetic. */
import { backend, memory } from '@tensorflow/tfjs-core';
import { useBackend } from '@tinyllm/compute';
import { createGPT, disposeModel, languageModel } from '@tinyllm/model';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { adamw, train } from './index';

const noWebGPU = await useBackend('webgpu').then(
  () => undefined,
  (error: Error) => error.message,
);

const [B, T, V] = [2, 8, 19];
const config = { vocabSize: V, blockSize: T, nLayer: 6, nHead: 2, nEmbd: 12, bias: true } as const;

/** The parts of WebGPU through which every kernel goes, tfjs's and ours. */
interface Pass {
  dispatchWorkgroups(...counts: number[]): void;
}
interface Encoder {
  beginComputePass(...options: unknown[]): Pass;
}
interface Device {
  createCommandEncoder(...options: unknown[]): Encoder;
}

/** Least limits that WebGPU promises, of those that a device is asked for. */
const leastLimits = {
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxStorageBufferBindingSize: 128 * 2 ** 20,
  maxBufferSize: 256 * 2 ** 20,
  maxStorageBuffersPerShaderStage: 8,
};

interface Adapter {
  readonly info: object;
  requestDevice(descriptor: object): Promise<Device>;
}
interface GPU {
  requestAdapter(): Promise<Adapter>;
}

/** Starts webgpu as on a card that has no more than it must. */
async function startOnLeastDevice(): Promise<void> {
  const { device } = backend() as unknown as { device: { destroy(): void; lost: Promise<unknown> } };
  device.destroy();
  await device.lost;
  const { gpu } = (globalThis as unknown as { navigator: { gpu: GPU } }).navigator;
  const adapter = await gpu.requestAdapter();
  const requestDevice = (descriptor: object): Promise<Device> => adapter.requestDevice(descriptor);
  const least = { info: adapter.info, limits: leastLimits, features: new Set(), requestDevice };
  const requestAdapter = vi.spyOn(gpu, 'requestAdapter').mockResolvedValue(least);
  await useBackend('webgpu');
  requestAdapter.mockRestore();
  const started = backend() as unknown as { device: { limits: typeof leastLimits } };
  for (const [name, limit] of Object.entries(leastLimits)) {
    expect(started.device.limits[name as keyof typeof leastLimits], name).toBe(limit);
  }
}

/** Counts the dispatches of a device from here on. */
function countDispatches(device: Device): () => number {
  let count = 0;
  const createCommandEncoder = device.createCommandEncoder.bind(device);
  device.createCommandEncoder = (...options) => {
    const encoder = createCommandEncoder(...options);
    const beginComputePass = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (...passOptions) => {
      const pass = beginComputePass(...passOptions);
      const dispatchWorkgroups = pass.dispatchWorkgroups.bind(pass);
      pass.dispatchWorkgroups = (...counts) => {
        count++;
        dispatchWorkgroups(...counts);
      };
      return pass;
    };
    return encoder;
  };
  return () => count;
}

describe.skipIf(noWebGPU !== undefined)(`webgpu, 6 layers${noWebGPU ? ` (${noWebGPU})` : ''}`, () => {
  beforeAll(startOnLeastDevice);

  it.each([0, 0.1])(
    'trains a step at dropout %d in at most 150 dispatches, and on the memory of the first few',
    async (dropout) => {
      const model = createGPT({ ...config, dropout, mlp: 'gelu' }, { seed: 1 });
      const count = countDispatches((backend() as unknown as { device: Device }).device);
      const ids = Int32Array.from({ length: B * T }, (_, i) => (i * 7) % V);
      const batch = () => ({ x: ids, y: ids, batchSize: B, blockSize: T });
      const events = train(model, {
        data: { train: { batchSize: B, blockSize: T, batch } },
        optimizer: adamw(),
        schedule: () => 1e-3,
        maxIters: 8,
        evalInterval: 8,
        evalIters: 1,
        logInterval: 1,
      });
      const counts: number[] = [];
      const bytes: number[] = [];
      for await (const event of events) {
        if (event.type !== 'step') continue;
        counts.push(count());
        bytes.push((memory() as unknown as { numBytesAllocatedInGPU: number }).numBytesAllocatedInGPU);
      }
      const dispatches = (counts[6] as number) - (counts[5] as number);
      expect(dispatches).toBeGreaterThan(6 * 10);
      expect(dispatches).toBeLessThanOrEqual(150);
      expect(bytes[6]).toBe(bytes[3]);
      disposeModel(model);
    },
  );

  it('decodes a token in at most 60', async () => {
    const model = createGPT({ ...config, dropout: 0, mlp: 'gelu' }, { seed: 1 });
    const decoding = languageModel(model).decode();
    await decoding.append([Int32Array.of(1, 2, 3)]);
    const count = countDispatches((backend() as unknown as { device: Device }).device);
    await decoding.append([Int32Array.of(4)]);
    expect(count()).toBeGreaterThan(6 * 5);
    expect(count()).toBeLessThanOrEqual(60);
    decoding.dispose();
    disposeModel(model);
  });
});
