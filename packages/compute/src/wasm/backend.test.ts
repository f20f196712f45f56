import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  add,
  backend,
  memory,
  mul,
  ones,
  removeBackend,
  reshape,
  scalar,
  tensor,
  tensor1d,
  tidy,
  variable,
} from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { useBackend } from '../backends/use-backend';
import { adamw } from '../ops/adamw';
import { linear } from '../ops/linear';
import type { WasmBackend } from './backend';

const MIB = 2 ** 20;
const running = () => backend() as WasmBackend;

afterEach(async () => {
  await useBackend('wasm', { threads: 2, memoryLimit: 512 * MIB });
});

describe('memory of the wasm backend', () => {
  it('is given back with the tensors, and does not grow over a run', async () => {
    await useBackend('wasm', { threads: 2, memoryLimit: 512 * MIB });
    const step = () => tidy(() => linear(ones([300, 70]), { weight: ones([70, 200]) }).dataSync());
    step();
    const before = running().memory();
    for (let i = 0; i < 100; i++) step();
    expect(running().memory()).toEqual(before);
    expect(memory().unreliable).toBeFalsy();
  });

  it('is counted in tf.memory()', async () => {
    await useBackend('wasm', { threads: 1 });
    const { numDataBuffers, numTensors } = memory();
    const { bytesInUse } = running().memory();
    const x = ones([16, 16]);
    const y = reshape(x, [256]);
    expect(memory()).toMatchObject({ numDataBuffers: numDataBuffers + 1, numTensors: numTensors + 2 });
    expect(running().memory().bytesInUse).toBe(bytesInUse + 1024);
    x.dispose();
    expect((await y.data())[255]).toBe(1);
    y.dispose();
    expect(memory()).toMatchObject({ numDataBuffers, numTensors });
    expect(running().memory().bytesInUse).toBe(bytesInUse);
  });

  it('is never what a reader holds: values read stay when the tensor is gone', async () => {
    await useBackend('wasm', { threads: 1 });
    const x = tensor1d([1, 2, 3]);
    const values = await x.data();
    x.dispose();
    tensor1d([7, 8, 9]);
    expect([...values]).toEqual([1, 2, 3]);
  });

  it('ends with an error that names the tensor, and goes on with what fits', async () => {
    await useBackend('wasm', { threads: 1, memoryLimit: 16 * MIB });
    expect(() => mul(ones([1024, 1024, 3]), ones([1024, 1024, 3]))).toThrowError(
      expect.objectContaining({
        code: 'compute/out-of-memory',
        message: expect.stringContaining('[1024, 1024, 3]'),
      }),
    );
    expect(add(ones([2]), ones([2])).dataSync()[0]).toBe(2);
  });
});

describe('the wasm backend', () => {
  it('starts again after it was shut down', async () => {
    await useBackend('wasm', { threads: 2 });
    removeBackend('wasm');
    await useBackend('wasm', { threads: 2 });
    expect(mul(tensor1d([2]), tensor1d([3])).dataSync()[0]).toBe(6);
  });

  it('keeps its tensors when it is asked for again', async () => {
    await useBackend('wasm', { threads: 2 });
    const x = tensor1d([5]);
    await useBackend('wasm');
    expect(x.dataSync()[0]).toBe(5);
  });

  it('takes tensors of the cpu backend', async () => {
    await useBackend('cpu');
    const x = tensor1d([1, 2]);
    await useBackend('wasm');
    expect([...add(x, x).dataSync()]).toEqual([2, 4]);
  });

  it('updates a parameter in place, but not the clone that someone keeps of it', async () => {
    const parameter = variable(tensor1d([1, 2]));
    const kept = parameter.clone();
    const [m, v] = [variable(tensor1d([0, 0])), variable(tensor1d([0, 0]))];
    const slot = { parameter, gradient: tensor1d([1, 1]), m, v, weightDecay: 0 };
    const rates = { learningRate: 0.5, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, step: 1 };
    adamw([slot], { ...rates, gradientScale: scalar(1) });
    expect([...kept.dataSync()]).toEqual([1, 2]);
    expect(parameter.dataSync()[0]).toBeCloseTo(0.5, 5);
  });

  it('gives the same bits each time, and the same to 1e-6 with another number of threads', async () => {
    const compute = async (threads: number) => {
      await useBackend('wasm', { threads, relaxedSimd: false });
      const x = tensor(
        Float32Array.from({ length: 200 * 130 }, (_, i) => Math.sin(i)),
        [200, 130],
      );
      const weight = tensor(
        Float32Array.from({ length: 130 * 70 }, (_, i) => Math.cos(i)),
        [130, 70],
      );
      return linear(x, { weight: weight as never }, 'gelu').dataSync();
    };
    const two = await compute(2);
    expect(await compute(2)).toEqual(two);
    for (const [i, value] of (await compute(3)).entries()) expect(value).toBeCloseTo(two[i] as number, 5);
  });

  it('says that a thread crashed, instead of waiting for it, and can be started again', async () => {
    await useBackend('wasm', { threads: 2 });
    // the second thread's share is the last id, whose row of 256 bytes lies beyond the memory
    const ids = tensor1d([0, 0xf000_0000 / 256], 'int32');
    const [address, table] = [running().address(ids), running().address(ones([64]))];
    running().run('embed', 1e9, 2, 64, address, table, table);
    expect(() => ids.dataSync()).toThrowError(expect.objectContaining({ code: 'compute/thread-crashed' }));
    expect(() => linear(ones([2, 2]), { weight: ones([2, 2]) })).toThrowError(
      expect.objectContaining({ code: 'compute/thread-crashed' }),
    );
    await useBackend('wasm', { threads: 2 });
    expect(linear(ones([2, 2]), { weight: ones([2, 2]) }).dataSync()[0]).toBe(2);
  });

  it('says that a thread was ended from outside, in the middle of a kernel or between two', () => {
    const script = `
      import threads from 'node:worker_threads';
      import { syncBuiltinESMExports } from 'node:module';
      const started = [];
      threads.Worker = class extends threads.Worker {
        constructor(...args) {
          super(...args);
          started.push(this);
        }
      };
      syncBuiltinESMExports();
      const { ones } = await import('@tensorflow/tfjs-core');
      const { linear, useBackend } = await import('@tinyllm/compute');
      const multiply = () => linear(ones([2000, 2000]), { weight: ones([2000, 2000]) });
      for (const whileBusy of [true, false]) {
        await useBackend('wasm', { threads: 3 });
        multiply().dataSync();
        const busy = whileBusy ? multiply() : undefined;
        started.at(-1).terminate();
        try {
          (busy ?? multiply()).dataSync();
          console.log('all is well');
        } catch (error) {
          console.log(error.code);
        }
      }
      await useBackend('wasm', { threads: 3 });
      console.log(multiply().dataSync()[0]);
    `;
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const options = { cwd, encoding: 'utf8', timeout: 300_000 } as const;
    const told = execFileSync(process.execPath, ['--input-type=module', '-e', script], options);
    expect(told.trim().split('\n')).toEqual(['compute/thread-crashed', 'compute/thread-crashed', '2000']);
  });

  it('lets the process end by itself, while its threads sleep', () => {
    const script = `
      import { ones } from '@tensorflow/tfjs-core';
      import { linear, useBackend } from '@tinyllm/compute';
      await useBackend('wasm', { threads: 3 });
      console.log(linear(ones([300, 70]), { weight: ones([70, 200]) }).dataSync()[0]);
    `;
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const options = { cwd, encoding: 'utf8', timeout: 300_000 } as const;
    expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], options).trim()).toBe('70');
  });
});
