import { softmax, tidy } from '@tensorflow/tfjs-core';
import { evenWindows, randomWindows } from '@tinyllm/data';
import { type Bigram, createBigram } from '@tinyllm/model';
import { CharTokenizer } from '@tinyllm/tokenizers';
import { recipes, train, warmupConstant } from '@tinyllm/train';
import { readCorpus } from './corpus';
import type { Job } from './session';

/** How many times the page is shown the table while it is trained. */
const FRAMES = 40;

/** Trains a table of what follows each character, beside the counts that it has to find. */
export const bigram: Job<'bigram'> = async function* ({ corpus, maxIters, learningRate }, session, signal) {
  await session.backend();
  const recipe = recipes.find(({ name }) => name === 'bigram')?.training;
  if (recipe === undefined) throw new Error('There is no recipe for a bigram.');
  const text = readCorpus(corpus, recipe.seed).train.replaceAll('<|endoftext|>', '\n');
  const tokenizer = CharTokenizer.fromText(text);
  const ids = tokenizer.encode(text);
  const { vocabSize } = tokenizer;
  const characters = Array.from({ length: vocabSize }, (_, id) => tokenizer.decode([id]));
  yield { type: 'begin', characters, counts: followers(ids, vocabSize) };

  const { batchSize, blockSize, seed } = recipe;
  const model = createBigram({ vocabSize }, { seed });
  await session.open({ model, tokenizer });
  yield { type: 'table', probabilities: await table(model) };
  if (maxIters === 0) return;

  const frame = Math.max(1, Math.floor(maxIters / FRAMES));
  const events = train(model, {
    data: {
      train: randomWindows(ids, { batchSize, blockSize, seed }),
      trainSample: evenWindows(ids, { batchSize, blockSize, batches: 1 }),
    },
    schedule: warmupConstant({ learningRate, warmupIters: 0 }),
    maxIters,
    evalIters: 1,
    evalInterval: maxIters,
    logInterval: frame,
    signal,
  });
  for await (const event of events) {
    if (event.type === 'warning') yield event;
    if (event.type !== 'step') continue;
    yield event;
    yield { type: 'table', probabilities: await table(model) };
  }
  yield { type: 'table', probabilities: await table(model) };
};

/** Row-major [V, V]: the probability that the model gives each character after each. */
async function table({ params }: Bigram): Promise<Float32Array> {
  const probabilities = tidy(() => softmax(params.token_embedding_table.weight)); // [V, V]
  const values = (await probabilities.data()) as Float32Array;
  probabilities.dispose();
  return values.slice();
}

/** Row-major [V, V]: how often each character follows each in the text, as a share of its row. */
function followers(ids: Int32Array, V: number): Float32Array {
  const counts = new Float32Array(V * V);
  const rows = new Float32Array(V);
  for (let i = 0; i + 1 < ids.length; i++) {
    const at = (ids[i] as number) * V + (ids[i + 1] as number);
    counts[at] = (counts[at] as number) + 1;
    rows[ids[i] as number] = (rows[ids[i] as number] as number) + 1;
  }
  return counts.map((count, at) => count / Math.max(1, rows[Math.floor(at / V)] as number));
}
