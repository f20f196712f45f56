import { add, backend, engine, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { useBackend } from '../backends/use-backend';
import { noWebGPU } from '../contract/backends-here';
import { poisonBuffers } from '../contract/poison';
import type { TinyWebGPUBackend } from './backend';
import type { Program } from './program';

const reason = await noWebGPU();

const doubled = (body: string): Program => ({
  name: 'doubled',
  reads: { x: 'f32' },
  writes: { y: 'f32' },
  params: { size: 'u32' },
  threads: 64,
  body,
});

const right = doubled('let i = group * 64 + tid; if (i < p.size) { y[i] = 2 * x[i]; }');

function run(program: Program, x: Tensor, groups = Math.ceil(x.size / 64)): Tensor {
  const webgpu = backend() as TinyWebGPUBackend;
  const y = webgpu.output(x.shape);
  webgpu.dispatch(program, groups, [x, y], { size: x.size });
  return engine().makeTensorFromTensorInfo(y);
}

describe.skipIf(reason !== undefined)(`the webgpu backend${reason ? ` (${reason})` : ''}`, () => {
  beforeEach(async () => {
    await useBackend('webgpu');
    poisonBuffers(backend() as TinyWebGPUBackend);
  });

  it('runs a program on more workgroups than one axis of a dispatch holds', async () => {
    const size = 64 * 65_536 + 3;
    const x = tensor(Float32Array.from({ length: size }, (_, i) => i));
    const y = await run(right, x).data();
    expect(y.findIndex((value, i) => value !== 2 * i)).toBe(-1);
  });

  it('says that a shader was invalid instead of giving what its output held before', async () => {
    const y = run(doubled('y[0] = nothing;'), tensor([1, 2, 3]));
    const read = y.data().then(() => y.data());
    await expect(read).rejects.toMatchObject({
      code: 'compute/webgpu-error',
      message: expect.stringContaining('nothing'),
    });
    await useBackend('webgpu');
    expect([...(await run(right, tensor([1, 2, 3])).data())]).toEqual([2, 4, 6]);
  });

  it('says that the card was lost, and starts again on a new device', async () => {
    const { device } = backend() as TinyWebGPUBackend;
    const y = run(right, tensor([1, 2, 3]));
    device.destroy();
    await expect(y.data()).rejects.toMatchObject({ code: 'compute/device-lost' });
    expect(() => run(right, tensor([1, 2, 3]))).toThrowError(
      expect.objectContaining({ code: 'compute/device-lost' }),
    );
    await useBackend('webgpu');
    expect([...(await run(right, tensor([1, 2, 3])).data())]).toEqual([2, 4, 6]);
  });

  it('keeps tensors side by side in one buffer, and gives it back with the last of them', async () => {
    const webgpu = backend() as TinyWebGPUBackend;
    const inUse = (): number => webgpu.memory().numBytesInGPU;
    const x = tensor([1, 2, 3]);
    const [a, b] = webgpu
      .outputsTogether([3], [3])
      .map((each) => engine().makeTensorFromTensorInfo(each)) as [Tensor, Tensor];
    for (const y of [a, b]) webgpu.dispatch(right, 1, [x, y], { size: 3 });
    const sums = add(b, x); // tfjs's own kernel reads a part of a buffer
    expect([...(await a.data())]).toEqual([2, 4, 6]);
    const before = inUse();
    a.dispose();
    expect(inUse()).toBe(before);
    expect([...(await sums.data())]).toEqual([3, 6, 9]);
    expect([...(await b.data())]).toEqual([2, 4, 6]);
    b.dispose();
    expect(inUse()).toBeLessThan(before);
  });

  it('reads again what a kernel has changed in place', async () => {
    const webgpu = backend() as TinyWebGPUBackend;
    const y = engine().makeTensorFromTensorInfo(webgpu.output([2]));
    const write = (x: Tensor): void => webgpu.dispatch(right, 1, [x, y], { size: 2 });
    write(tensor([1, 2]));
    expect([...(await y.data())]).toEqual([2, 4]);
    write(tensor([3, 4]));
    expect([...(await y.data())]).toEqual([6, 8]);
  });

  it('says how large a tensor is that does not fit', async () => {
    const webgpu = backend() as TinyWebGPUBackend;
    const size = webgpu.device.limits.maxBufferSize + 4;
    expect(() => webgpu.bindingOf(webgpu.output([size / 4]))).toThrowError(
      expect.objectContaining({
        code: 'compute/out-of-memory',
        message: expect.stringContaining(String(size)),
      }),
    );
  });
});
