/** What every consumer does: trains ten steps, samples, and says what came of it. */
import { useBackend } from '@tinyllm/compute';
import { builtInStories, randomWindows } from '@tinyllm/data';
import { createGPT, languageModel } from '@tinyllm/model';
import { generate, sampler } from '@tinyllm/sample';
import { CharTokenizer } from '@tinyllm/tokenizers';
import { adamw, train, warmupCosine } from '@tinyllm/train';

const blockSize = 16;
const maxIters = 10;

/** @returns {Promise<string>} */
export async function demo() {
  await useBackend('wasm');
  const text = builtInStories({ stories: 20, seed: 1 }).train;
  const tokenizer = CharTokenizer.fromText(text);
  const data = { train: randomWindows(tokenizer.encode(text), { batchSize: 4, blockSize, seed: 1 }) };
  const shape = { vocabSize: tokenizer.vocabSize, blockSize, nLayer: 1, nHead: 2, nEmbd: 16 };
  const model = createGPT(shape, { seed: 1 });
  const schedule = warmupCosine({
    learningRate: 1e-2,
    minLearningRate: 1e-3,
    warmupIters: 1,
    lrDecayIters: maxIters,
  });
  /** @type {number[]} */
  const losses = [];
  for await (const event of train(model, { data, schedule, optimizer: adamw(), maxIters, logInterval: 1 })) {
    if (event.type === 'step') losses.push(event.loss);
  }
  let story = '';
  const options = { sampler: sampler({ temperature: 0.8 }), seed: 1, maxNewTokens: 8 };
  for await (const piece of generate(languageModel(model), tokenizer, 'Once', options)) story += piece.text;
  const [first = 0, last = 0] = [losses[0], losses.at(-1)];
  if (losses.length !== maxIters || !(last < first) || story.length !== 8)
    throw new Error(`It did not learn or sample: ${losses}, "${story}"`);
  return `trained ${losses.length} steps, loss ${first.toFixed(2)} to ${last.toFixed(2)}, then sampled`;
}
