/** The recipe shakespeare-char-cpu through the public `train()`: answers as shakespeare_char_cpu.py does. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [path, seed, threads] = process.argv.slice(2);
const packageOf = (name) => import(new URL(`../../packages/${name}/dist/index.js`, import.meta.url));
const { useBackend } = await packageOf('compute');
const { evenWindows, randomWindows } = await packageOf('data');
const { createGPT } = await packageOf('model');
const { CharTokenizer } = await packageOf('tokenizers');
const { adamw, evaluate, recipes, schedules, train } = await packageOf('train');

/** Validation batches that a loss is the mean of. */
const BATCHES = 200;

const text = readFileSync(path, 'utf8');
const tokenizer = CharTokenizer.fromText(text);
const ids = tokenizer.encode(text);
const border = Math.floor(0.9 * ids.length);
const { model: shape, training } = recipes.find(({ name }) => name === 'shakespeare-char-cpu');
const { architecture, ...size } = shape;
const { batchSize, blockSize } = training;
const revectorize = Number(process.versions.node.split('.', 1)[0]) >= 24; // an option of ours: its best beside PyTorch's
const { detail } = await useBackend('wasm', { threads: Number(threads), revectorize });
const model = createGPT({ ...size, vocabSize: tokenizer.vocabSize, blockSize }, { seed: Number(seed) });
const validation = evenWindows(ids.subarray(border), { batchSize, blockSize, batches: BATCHES });
const events = train(model, {
  ...training,
  data: { train: randomWindows(ids.subarray(0, border), { batchSize, blockSize, seed: Number(seed) }) },
  optimizer: adamw(training),
  schedule: schedules[training.schedule](training),
  maxIters: 1e9,
  evalInterval: 1e9, // evaluations are asked for from outside
  evalIters: 1,
  logInterval: 1,
});

console.log(JSON.stringify({ version: `wasm, ${detail}` }));
for await (const line of createInterface({ input: process.stdin })) {
  const count = Number(line.split(' ')[1]);
  const start = performance.now();
  for (let done = 0; done < count; ) if ((await events.next()).value.type === 'step') done++;
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds, loss: (await evaluate(model, validation, BATCHES)).loss }));
}
process.exit();
