/** The worker of the demos. Each job is a module of its own, loaded when it is first asked for. */
import { TinyllmError } from '@tinyllm/common';
import type { FromWorker, JobName, ToWorker } from './protocol';
import { type Job, Session } from './session';

const jobs: { readonly [Name in JobName]: () => Promise<Job<Name>> } = {
  start: async () => (await import('./start')).start,
  tokenize: async () => (await import('./tokenizing')).tokenize,
  trainTokenizer: async () => (await import('./tokenizing')).trainTokenizer,
  shapes: async () => (await import('./shapes')).shapes,
  batch: async () => (await import('./batches')).batch,
  bigram: async () => (await import('./bigram')).bigram,
  train: async () => (await import('./training')).training,
  keptRun: async () => (await import('./kept-run')).keptRun,
  zipRun: async () => (await import('./kept-run')).zipRun,
  open: async () => (await import('./sampling')).open,
  generate: async () => (await import('./sampling')).generation,
  attention: async () => (await import('./attention')).attention,
  inside: async () => (await import('./inside')).inside,
};

const session = new Session();
const running = new Map<number, AbortController>();

const post = (message: FromWorker): void => postMessage(message);

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === 'begin') session.wanted = data.backend;
  else if (data.type === 'abort') running.get(data.id)?.abort();
  else run(data);
});

async function run({ id, name, request }: Extract<ToWorker, { type: 'job' }>): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const job = (await jobs[name]()) as (
      request: unknown,
      session: Session,
      signal: AbortSignal,
    ) => AsyncIterable<unknown>;
    for await (const event of job(request, session, controller.signal)) post({ type: 'event', id, event });
    post({ type: 'done', id });
  } catch (error) {
    const code = error instanceof TinyllmError ? error.code : 'docs/unexpected';
    post({ type: 'failed', id, code, message: error instanceof Error ? error.message : String(error) });
  } finally {
    running.delete(id);
  }
}
