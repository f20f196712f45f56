/** A recipe on the characters of a text through the public `train()`: answers `train` and `evaluate` as nanogpt.py does. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [path, recipe, threads] = process.argv.slice(2);
const packageOf = (name) => import(new URL(`../../packages/${name}/dist/index.js`, import.meta.url));
const { useBackend } = await packageOf('compute');
const { evenWindows, randomWindows } = await packageOf('data');
const { createGPT } = await packageOf('model');
const { CharTokenizer } = await packageOf('tokenizers');
const { adamw, evaluate, schedules, train } = await packageOf('train');

const text = readFileSync(path, 'utf8');
const tokenizer = CharTokenizer.fromText(text);
const ids = tokenizer.encode(text);
const border = Math.floor(0.9 * ids.length);
const splits = { train: ids.subarray(0, border), validation: ids.subarray(border) };
const { model: shape, training } = JSON.parse(recipe);
const { architecture, ...size } = shape;
const { batchSize, blockSize, seed } = training;
const revectorize = Number(process.versions.node.split('.', 1)[0]) >= 24; // an option of ours: its best beside PyTorch's
const { detail } = await useBackend('wasm', { threads: Number(threads), revectorize });
const model = createGPT({ ...size, vocabSize: tokenizer.vocabSize, blockSize }, { seed });
const events = train(model, {
  ...training,
  data: { train: randomWindows(splits.train, { batchSize, blockSize, seed }) },
  optimizer: adamw(training),
  schedule: schedules[training.schedule](training),
  maxIters: 1e9,
  evalInterval: 1e9, // evaluations are asked for from outside
  evalIters: 1,
  logInterval: 1,
});

console.log(JSON.stringify({ version: `wasm, ${detail}` }));
for await (const line of createInterface({ input: process.stdin })) {
  const [request, ...words] = line.split(' ');
  const count = Number(words.at(-1));
  if (request === 'train') {
    const start = performance.now();
    for (let done = 0; done < count; ) if ((await events.next()).value.type === 'step') done++;
    console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000 }));
  } else {
    const windows = evenWindows(splits[words[0]], { batchSize, blockSize, batches: count });
    console.log(JSON.stringify({ loss: (await evaluate(model, windows, count)).loss }));
  }
}
process.exit();
