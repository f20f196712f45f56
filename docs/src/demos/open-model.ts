import { withBase } from 'vitepress';
import { type Ref, ref } from 'vue';
import type { DemoWorker } from '../demo-worker';
import type { ModelSource, OpenedModel } from '../worker/protocol';

/** The folder of the demo model, beside the pages. */
export function demoModelAddress(): string {
  return new URL(withBase('/models/stories/'), location.href).href;
}

/** Where the demo model's stories begin. */
export const DEMO_PROMPT = 'Once upon a time';

export interface Opening {
  /** How much of the model has come, while it comes. */
  readonly loading: Ref<string>;
  /** Opens a model for the worker's next jobs. */
  open(worker: DemoWorker, source: ModelSource): Promise<OpenedModel>;
}

export function useOpening(): Opening {
  const loading = ref('');

  async function open(worker: DemoWorker, source: ModelSource): Promise<OpenedModel> {
    loading.value = 'Opening the model…';
    try {
      for await (const event of worker.run('open', source)) {
        if (event.type === 'opened') return event;
        loading.value = `Loading the model: ${megabytes(event.received)}${event.size ? ` of ${megabytes(event.size)}` : ''} MB`;
      }
    } finally {
      loading.value = '';
    }
    throw new Error('The worker ended before the model was open.');
  }

  return { loading, open };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
