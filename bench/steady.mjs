/**
 * 10,000 steps of a tiny model, with a checkpoint taken every 500 and dropped: what the process holds every 500 steps, in
 * megabytes. The heap is read after a garbage collection. Exits with 1 where it grows, or resident memory does, or the
 * memory of the backend. `--backend webgpu` takes a tenth of the steps, for software cards are slow.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export const packages = ['@tinyllm/train'];

const STEPS = { wasm: 10_000, webgpu: 1000 };
/** Rows. */
const INTERVALS = 20;
const FIRST = 100;
/** The row from which growth counts: by then compilers are done. */
const SETTLED = 1;

export async function bench({ backend }) {
  const steps = STEPS[backend] ?? STEPS.wasm;
  const interval = steps / INTERVALS;
  const packageOf = (name) => import(new URL(`../packages/${name}/dist/index.js`, import.meta.url));
  const { useBackend } = await packageOf('compute');
  const { randomWindows } = await packageOf('data');
  const { createGPT } = await packageOf('model');
  const { tensorMemory, train, warmupConstant } = await packageOf('train');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  await useBackend(backend);
  const ids = Int32Array.from({ length: 4096 }, (_, i) => (i * i) % 61);
  const shape = { batchSize: 4, blockSize: 16 };
  const model = createGPT(
    { vocabSize: 61, blockSize: 16, nLayer: 2, nHead: 2, nEmbd: 32, dropout: 0.1 },
    { seed: 1 },
  );
  const rows = [];
  const events = train(model, {
    data: {
      train: randomWindows(ids, { ...shape, seed: 1 }),
      validation: randomWindows(ids, { ...shape, seed: 2 }),
    },
    schedule: warmupConstant({ learningRate: 1e-3, warmupIters: 10 }),
    maxIters: steps,
    evalInterval: interval,
    evalIters: 2,
    logInterval: 1,
    checkpointInterval: interval,
  });
  for await (const event of events) {
    if (
      event.type !== 'step' ||
      !(event.step === FIRST || (event.step > FIRST && event.step % interval === 0))
    )
      continue;
    collect();
    const { rss, heapUsed, external } = process.memoryUsage();
    const { tensors, backendBytes } = tensorMemory();
    const megabytes = (bytes) => bytes / 2 ** 20;
    rows.push({
      step: event.step,
      rssMB: megabytes(rss),
      heapMB: megabytes(heapUsed),
      externalMB: megabytes(external),
      backendMB: megabytes(backendBytes),
      tensors,
    });
  }
  const growth = { step: 'growth' };
  for (const key of Object.keys(rows[0]).slice(1)) growth[key] = rows.at(-1)[key] - rows[SETTLED][key];
  const { tensors, heapMB, rssMB, backendMB } = growth;
  if (tensors > 0 || heapMB > 1 || rssMB > 32 || backendMB > 0) process.exitCode = 1;
  return [...rows, growth];
}
