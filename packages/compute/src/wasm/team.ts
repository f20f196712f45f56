/** The threads that run every kernel together, over one shared memory. */
import { TinyllmError } from '@tinyllm/common';
import { importOptional, isNode } from '../backends/backend';
import type { KernelName, WasmKernels } from './module';

/** Where the number of the kernel to run is written, and its arguments as float64; bytes, beside wasm/team.ts's. */
const KERNEL_AT = 320;
const VALUES_AT = 384;
/** The number that ends a worker. */
const STOP = -1;

/** Work that takes one thread less than this is not shared: a barrier costs several microseconds. */
const WORTH_SHARING_NS = 10_000;

export interface Team {
  readonly threads: number;
  /**
   * Runs a kernel, on all threads if `nanoseconds`, about what it takes one of them, are worth it. Then the others begin at
   * once and this thread joins them in `settle`, so that they work while it prepares the next; `run` settles first.
   */
  run(kernel: KernelName, nanoseconds: number, ...values: number[]): void;
  /**
   * Returns once the last kernel has ended. Call it before its results are read or its inputs are written. Throws
   * `compute/thread-crashed` from then on when a thread has failed.
   */
  settle(): void;
  /** Ends the workers. No kernel runs after it. */
  stop(): void;
  /** Why no kernel can run any more, if so. */
  failure(): TinyllmError | undefined;
}

/** One thread for each of `scratch`, addresses of zeros for each thread's own use; the first is this one's. */
export async function createTeam(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  scratch: readonly number[],
): Promise<Team> {
  const threads = scratch.length;
  let workers: readonly RunningWorker[] = [];
  const allLive = (): boolean => workers.every((worker) => worker.isAlive());
  const instance = new WebAssembly.Instance(module, { env: { memory }, team: { allLive } });
  const kernels = instance.exports as unknown as WasmKernels;
  const numbers = new Map(WebAssembly.Module.exports(module).map(({ name }, number) => [name, number]));
  const number = new Int32Array(memory.buffer, KERNEL_AT, 1);
  const slots = new Float64Array(memory.buffer, VALUES_AT, 32);
  let failure: TinyllmError | undefined;
  let crashed = false;
  let stopped = false;

  const fail = (cause: unknown): TinyllmError => {
    failure ??= new TinyllmError(
      'compute/thread-crashed',
      'A thread of the wasm backend has crashed, and the values it was computing are lost. Call ' +
        "useBackend('wasm') to start again from a checkpoint; if it happens again, report it with the cause.",
      { cause },
    );
    crashed = true;
    kernels.crash();
    return failure;
  };

  const commonScratch = scratch[0] ?? 0;
  kernels.join(0, threads, commonScratch, commonScratch, Number(mayWait()));
  const shared = {
    module,
    memory,
    threads,
    commonScratch,
    kernelAt: KERNEL_AT,
    valuesAt: VALUES_AT,
    stop: STOP,
  };
  const ended = (cause: unknown): void => {
    if (!stopped) fail(cause);
  };
  workers = await Promise.all(
    scratch.slice(1).map((own, i) => startWorker({ ...shared, thread: i + 1, scratch: own }, ended)),
  );

  /** The kernel that this thread has still to do its part of. */
  let begun: { readonly kernel: KernelName; readonly values: readonly number[] } | undefined;

  const settle = (): void => {
    if (crashed) throw failure;
    if (begun === undefined) return;
    const { kernel, values } = begun;
    begun = undefined;
    try {
      kernels[kernel](...values);
      kernels.barrier();
    } catch (cause) {
      throw fail(cause);
    }
  };

  /** Whether `settleAtLast` will run, so that no thread waits for this one while it is idle. */
  let willSettle = false;
  const settleAtLast = (): void => {
    willSettle = false;
    try {
      settle();
    } catch {
      // `failure` has it: the next call throws it
    }
  };

  return {
    threads,
    run(kernel, nanoseconds, ...values) {
      settle();
      if (failure) throw failure;
      const together = threads > 1 && nanoseconds >= WORTH_SHARING_NS;
      kernels.share(together ? threads : 1);
      begun = { kernel, values };
      if (!together) {
        settle();
        return;
      }
      number[0] = numbers.get(kernel) ?? STOP;
      slots.set(values);
      kernels.start();
      if (!willSettle) {
        willSettle = true;
        queueMicrotask(settleAtLast);
      }
    },
    settle,
    stop() {
      if (stopped) return;
      settleAtLast();
      stopped = true;
      number[0] = STOP;
      kernels.start();
      for (const worker of workers) worker.terminate();
      failure ??= new TinyllmError(
        'compute/backend-stopped',
        "This wasm backend was shut down. Call useBackend('wasm') and create its tensors again.",
      );
    },
    failure: () => failure,
  };
}

/** Whether this thread may sleep: all but the main thread of a page. */
function mayWait(): boolean {
  return isNode() || typeof document === 'undefined';
}

/** What a worker is told. */
interface Task {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
  readonly threads: number;
  readonly scratch: number;
  readonly commonScratch: number;
  readonly kernelAt: number;
  readonly valuesAt: number;
  readonly stop: number;
}

interface RunningWorker {
  terminate(): unknown;
  /** Whether nobody has ended it, asked while this thread waits for it, when no event comes. A page cannot know. */
  isAlive(): boolean;
}

type NodeThreads = typeof import('node:worker_threads');

/** Starts a worker that has begun to listen; `ended` hears of its end, whatever the cause. */
async function startWorker(task: Task, ended: (cause: unknown) => void): Promise<RunningWorker> {
  if (isNode()) {
    const { Worker: NodeWorker } = await importOptional<NodeThreads>('node:worker_threads');
    // without the process's own flags: one may be for its entry point alone, as --input-type is
    const worker = new NodeWorker(new URL('./worker.js', import.meta.url), { execArgv: [] });
    worker.postMessage(task);
    const begun = new Promise((resolve, reject) => {
      worker.once('message', resolve).once('error', reject).once('exit', reject);
    });
    worker.on('exit', (code) => ended(new Error(`The thread ended with exit code ${code}.`)));
    await begun;
    worker.on('error', ended);
    worker.unref(); // so that the process ends by itself
    return {
      terminate: () => worker.terminate(),
      isAlive() {
        const { active, idle } = worker.performance.eventLoopUtilization(); // of a thread that ended: 0, or idle −1
        return active > 0 && idle >= 0;
      },
    };
  }
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  worker.postMessage(task);
  await new Promise((resolve, reject) => {
    worker.onmessage = resolve;
    worker.onerror = reject;
  });
  worker.onerror = ended;
  return { terminate: () => worker.terminate(), isAlive: () => true };
}
