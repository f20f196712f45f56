/**
 * A Llama of random parameters through the public `generate()` on one of our backends, in a process of its own. With
 * `--write <file>` it writes the model for llama2.c and ends; else it answers a line `<tokens>` with
 * `{ seconds, modelSeconds, samplingSeconds }`, what the model and the choice of tokens took of the first; the rest is
 * turns of the event loop and text.
 */
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [json, write, file] = process.argv.slice(2);
const { threads, backend, ...shape } = JSON.parse(json);
const packageOf = (name) => import(new URL(`../../packages/${name}/dist/index.js`, import.meta.url));
const { useBackend } = await packageOf('compute');
const { createGPT, languageModel, llama, readParameters, writeLlama2c } = await packageOf('model');
const { generate, sampler } = await packageOf('sample');

const canRevectorize = Number(process.versions.node.split('.', 1)[0]) >= 24; // 256-bit arithmetic, where Node has it
const { detail } = await useBackend(backend, { threads, revectorize: backend === 'wasm' && canRevectorize });
const model = createGPT({ ...llama, ...shape }, { seed: 1 });
if (write === '--write') {
  const parameters = await readParameters(model);
  writeFileSync(file, writeLlama2c({ config: model.config, parameters }));
  process.exit();
}

let modelSeconds = 0;
const { decode, ...fixed } = languageModel(model);
const timed = {
  ...fixed,
  decode: (batchSize) => {
    const decoding = decode(batchSize);
    return {
      get lengths() {
        return decoding.lengths;
      },
      async append(ids) {
        const start = performance.now();
        const logits = await decoding.append(ids);
        modelSeconds += (performance.now() - start) / 1000;
        return logits;
      },
      truncate: decoding.truncate,
      dispose: decoding.dispose,
    };
  },
};
const tokenizer = {
  vocabSize: shape.vocabSize,
  encode: () => Int32Array.of(1),
  decodeStream: () => ({ push: () => '' }),
};
let samplingSeconds = 0;
const choose = sampler({ temperature: 0.8, topK: 40 });
const timedChoose = (logits, ...rest) => {
  const start = performance.now();
  const token = choose(logits, ...rest);
  samplingSeconds += (performance.now() - start) / 1000;
  return token;
};

console.log(JSON.stringify({ version: `${detail}, Node ${process.versions.node}` }));
for await (const line of createInterface({ input: process.stdin })) {
  modelSeconds = 0;
  samplingSeconds = 0;
  const start = performance.now();
  for await (const _ of generate(timed, tokenizer, '', {
    seed: 1,
    maxNewTokens: Number(line),
    sampler: timedChoose,
  }));
  console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, modelSeconds, samplingSeconds }));
}
process.exit();
