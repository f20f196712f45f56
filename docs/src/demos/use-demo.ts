import type { BackendName, RunningBackend } from '@tinyllm/compute';
import { onMounted, onUnmounted, type Ref, ref, type ShallowRef, shallowRef } from 'vue';
import { DemoWorker } from '../demo-worker';
import { isolate } from '../isolate';

export interface Demo {
  /** Whether it computes with a model, for which it wants threads. */
  readonly arithmetic: boolean;
  /** What the reader chose to compute on; empty for the fastest here. */
  readonly wanted: Ref<BackendName | ''>;
  readonly backend: ShallowRef<RunningBackend | undefined>;
  readonly busy: Ref<boolean>;
  readonly error: Ref<string>;
  /**
   * Does something with the worker in place of what it did before, whose signal aborts, when that has ended; what it
   * throws is shown. With `arithmetic`, the default, a backend is started on the way, and said.
   */
  perform(
    work: (worker: DemoWorker, signal: AbortSignal) => Promise<void>,
    options?: { readonly arithmetic?: boolean },
  ): Promise<void>;
  /** Asks what is going on to end. */
  abort(): void;
  /** Forgets the worker with all that it holds: the next thing to do starts another. */
  restart(): void;
}

/** What every demo needs: a worker that lives as long as its component. */
export function useDemo({ arithmetic: needed = true }: { readonly arithmetic?: boolean } = {}): Demo {
  const wanted = ref<BackendName | ''>('');
  const backend = shallowRef<RunningBackend>();
  const busy = ref(false);
  const error = ref('');
  let worker: DemoWorker | undefined;
  let controller = new AbortController();
  let last = Promise.resolve();

  const restart = (): void => {
    controller.abort();
    worker?.stop();
    worker = undefined;
    backend.value = undefined;
    busy.value = false;
    last = Promise.resolve();
  };
  if (needed) onMounted(isolate); // before the reader has typed what a new load would lose
  onUnmounted(restart);

  function perform(
    work: (worker: DemoWorker, signal: AbortSignal) => Promise<void>,
    { arithmetic = needed }: { readonly arithmetic?: boolean } = {},
  ): Promise<void> {
    busy.value = true;
    error.value = '';
    controller.abort();
    controller = new AbortController();
    last = attempt(last, controller.signal, work, arithmetic);
    return last;
  }

  async function attempt(
    before: Promise<void>,
    signal: AbortSignal,
    work: (worker: DemoWorker, signal: AbortSignal) => Promise<void>,
    arithmetic: boolean,
  ): Promise<void> {
    await before;
    if (signal.aborted) return;
    try {
      if (arithmetic) await isolate();
      worker ??= new DemoWorker(wanted.value || undefined);
      const starting = arithmetic && backend.value === undefined ? start(worker) : undefined;
      await Promise.all([starting, work(worker, signal)]);
    } catch (cause) {
      if (!signal.aborted) error.value = cause instanceof Error ? cause.message : String(cause);
    } finally {
      if (controller.signal === signal) busy.value = false;
    }
  }

  async function start(asked: DemoWorker): Promise<void> {
    backend.value = await asked.ask('start', {});
  }

  return {
    arithmetic: needed,
    wanted,
    backend,
    busy,
    error,
    perform,
    abort: () => controller.abort(),
    restart,
  };
}
