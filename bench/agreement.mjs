/**
 * The same seed on every backend that starts here: losses of 20 steps of a small GPT with dropout, and how far each is from
 * those of cpu. Writes the table to docs/agreement.md too; exits with 1 where a loss is off by more than a thousandth.
 */
import { writeFileSync } from 'node:fs';

export const packages = ['@tinyllm/train', '@tinyllm/data'];

const STEPS = 20;
const SHOWN = [1, 10, STEPS];
const MOST = 1e-3;

const backends = ['cpu', 'wasm', 'webgpu', 'tensorflow'];
const shape = { vocabSize: 65, blockSize: 32, nLayer: 4, nHead: 4, nEmbd: 64, dropout: 0.2 };

export async function bench() {
  const packageOf = (name) => import(new URL(`../packages/${name}/dist/index.js`, import.meta.url));
  const { useBackend } = await packageOf('compute');
  const { randomWindows } = await packageOf('data');
  const { createGPT, disposeModel } = await packageOf('model');
  const { train } = await packageOf('train');
  const ids = Int32Array.from({ length: 4096 }, (_, i) => (i * i) % shape.vocabSize);

  async function losses() {
    const model = createGPT(shape, { seed: 1 });
    const found = [];
    const events = train(model, {
      data: { train: randomWindows(ids, { batchSize: 8, blockSize: shape.blockSize, seed: 2 }) },
      schedule: () => 3e-3,
      maxIters: STEPS,
      evalInterval: STEPS,
      evalIters: 1,
      logInterval: 1,
      seed: 3,
    });
    for await (const event of events) if (event.type === 'step') found.push(event.loss);
    disposeModel(model);
    return found;
  }

  let expected;
  const rows = [];
  for (const backend of backends) {
    const started = await useBackend(backend).catch((error) => ({ absent: error.message }));
    if (started.absent) {
      rows.push({ bench: 'agreement', backend, detail: `absent: ${started.absent.split('.', 1)[0]}` });
      continue;
    }
    const found = await losses();
    expected ??= found;
    const apart = Math.max(...found.map((loss, i) => Math.abs(loss / expected[i] - 1)));
    if (apart > MOST) process.exitCode = 1;
    rows.push({
      bench: 'agreement',
      backend,
      detail: started.detail,
      ...Object.fromEntries(SHOWN.map((step) => [`loss${step}`, found[step - 1].toFixed(6)])),
      fromCpu: apart.toExponential(1),
    });
  }
  writeFileSync(new URL('../docs/agreement.md', import.meta.url), page(rows));
  return rows;
}

function page(rows) {
  const { nLayer, nHead, nEmbd, blockSize, dropout } = shape;
  const lines = rows.map(({ backend, detail, fromCpu, ...losses }) => {
    const numbers = SHOWN.map((step) => losses[`loss${step}`] ?? '–');
    return `| \`${backend}\` | ${detail} | ${numbers.join(' | ')} | ${fromCpu ?? '–'} |`;
  });
  return `# Backends agree

One seed, the same batches and the same dropout on every backend: ${STEPS} steps of a GPT of ${nLayer} layers, ${nHead} heads and width ${nEmbd}, in
windows of ${blockSize}, with dropout ${dropout}. The last column is the largest relative distance of a step's loss from that on \`cpu\`, at
most ${MOST}. Written by \`pnpm bench agreement\` in Node ${process.version}.

| backend | what answered | loss at step 1 | step 10 | step ${STEPS} | apart |
| ------- | ------------- | -------------- | ------- | ------- | ----- |
${lines.join('\n')}
`;
}
