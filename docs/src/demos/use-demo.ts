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
  /** Does something with the worker in place of what it did before, whose signal aborts; what it throws is shown. With `arithmetic`, the default, a backend runs before. */
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

  const restart = (): void => {
    controller.abort();
    worker?.stop();
    worker = undefined;
    backend.value = undefined;
    busy.value = false;
  };
  if (needed) onMounted(isolate); // before the reader has typed what a new load would lose
  onUnmounted(restart);

  async function perform(
    work: (worker: DemoWorker, signal: AbortSignal) => Promise<void>,
    { arithmetic = needed }: { readonly arithmetic?: boolean } = {},
  ): Promise<void> {
    busy.value = true;
    error.value = '';
    controller.abort();
    controller = new AbortController();
    const { signal } = controller;
    try {
      if (arithmetic) await isolate();
      worker ??= new DemoWorker();
      if (arithmetic && backend.value === undefined) {
        const request = wanted.value ? { backend: wanted.value } : {};
        backend.value = await worker.ask('start', request);
      }
      await work(worker, signal);
    } catch (cause) {
      if (!signal.aborted) error.value = cause instanceof Error ? cause.message : String(cause);
    } finally {
      if (controller.signal === signal) busy.value = false;
    }
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
