/**
 * Our own GPT, through the public `train()`, in a process of its own: on the backend of that name, or `tfjs-wasm`, which is
 * TensorFlow.js's own, where every operation is plain tfjs ops. Answers as gpt.py does.
 */
import { createInterface } from 'node:readline';
import { backend as currentBackend, setBackend } from '@tensorflow/tfjs-core';

const size = JSON.parse(process.argv[2]);
const { batchSize: B, blockSize: T, vocabSize, nLayer, nHead, nEmbd } = size;
const { threads, backend, revectorize, precision } = size;
const packageOf = (name) => import(new URL(`../../packages/${name}/dist/index.js`, import.meta.url));
const { useBackend } = await packageOf('compute');
const { createGPT, languageModel } = await packageOf('model');
const { generate, sampler } = await packageOf('sample');
const { adamw, train, warmupCosine } = await packageOf('train');

let version;
if (backend === 'tfjs-wasm') {
  const { version_wasm } = await import('@tensorflow/tfjs-backend-wasm');
  await setBackend('wasm');
  version = `tfjs-backend-wasm ${version_wasm}`;
} else {
  const { detail } = await useBackend(backend, { threads, revectorize });
  version = `tinyllm ${backend}, ${detail}`;
}

const model = createGPT(
  { vocabSize, blockSize: T, nLayer, nHead, nEmbd, mlp: 'gelu', bias: false },
  { seed: 1 },
);
const batch = (index) => {
  const ids = (shift) =>
    Int32Array.from({ length: B * T }, (_, i) => ((i + shift) * 7919 + index * 31) % vocabSize);
  return { x: ids(0), y: ids(1), batchSize: B, blockSize: T };
};
const events = train(model, {
  data: { train: { batchSize: B, blockSize: T, batch } },
  optimizer: adamw({ beta2: 0.99 }),
  precision,
  schedule: warmupCosine({ learningRate: 1e-3, minLearningRate: 1e-4, warmupIters: 100, lrDecayIters: 2000 }),
  maxIters: 1e9,
  evalInterval: 1e9,
  evalIters: 1,
  logInterval: 1,
});

async function trainSteps(count) {
  for (let done = 0; done < count; ) if ((await events.next()).value.type === 'step') done++;
  await currentBackend().queue?.onSubmittedWorkDone(); // a card's next step is sent off already: it is this turn's
}

const tokenizer = { vocabSize, encode: () => Int32Array.of(0), decodeStream: () => ({ push: () => '' }) };

async function sampleTokens(count) {
  const options = { seed: 1, maxNewTokens: count, sampler: sampler({ temperature: 0.8, topK: 40 }) };
  for await (const _ of generate(languageModel(model), tokenizer, '', options));
}

console.log(JSON.stringify({ version }));
for await (const line of createInterface({ input: process.stdin })) {
  const [request, count] = line.split(' ');
  const start = performance.now();
  await (request === 'sample' ? sampleTokens : trainSteps)(Number(count));
  console.log(
    JSON.stringify({
      seconds: (performance.now() - start) / 1000,
      megabytes: process.resourceUsage().maxRSS / 1024,
    }),
  );
}
process.exit();
