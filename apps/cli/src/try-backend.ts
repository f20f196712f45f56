import { type BackendName, useBackend } from '@tinyllm/compute';
import { createGPT, disposeModel, languageModel } from '@tinyllm/model';
import { generate, greedy } from '@tinyllm/sample';
import { adamw, train } from '@tinyllm/train';

/** What became of a tiny training and sampling on a backend. */
export type Trial =
  | { readonly works: true; readonly trainedPerSecond: number; readonly sampledPerSecond: number }
  | { readonly works: false; readonly reason: string };

const vocabSize = 16;
const [B, T, STEPS] = [4, 16, 40];

/**
 * Trains a tiny GPT on counting from 0 to 15 over and over, and lets it count: right if it can. The backend stays the
 * current one.
 */
export async function tryBackend(name: BackendName): Promise<Trial> {
  try {
    await useBackend(name);
    const model = createGPT({ vocabSize, blockSize: T, nLayer: 2, nHead: 2, nEmbd: 32 }, { seed: 1 });
    const trainedPerSecond = await countingLessons(model);
    const start = performance.now();
    const counted: number[] = [];
    const options = { seed: 1, sampler: greedy, maxNewTokens: 64 };
    for await (const { token } of generate(languageModel(model), numbers, '0', options)) counted.push(token);
    const sampledPerSecond = counted.length / ((performance.now() - start) / 1000);
    disposeModel(model);
    const wrong = counted.findIndex((token, i) => token !== (i + 1) % vocabSize);
    if (wrong < 0) return { works: true, trainedPerSecond, sampledPerSecond };
    return { works: false, reason: `the trained model says ${counted[wrong]} after ${wrong % vocabSize}` };
  } catch (error) {
    return { works: false, reason: (error as Error).message };
  }
}

/** Trains `model`, and gives the tokens a second. */
async function countingLessons(model: ReturnType<typeof createGPT>): Promise<number> {
  const batch = (index: number) => {
    const ids = (shift: number): Int32Array =>
      Int32Array.from(
        { length: B * T },
        (_, i) => (i + Math.floor(i / T) * 5 + index * 3 + shift) % vocabSize,
      );
    return { x: ids(0), y: ids(1), batchSize: B, blockSize: T };
  };
  const data = { train: { batchSize: B, blockSize: T, batch } };
  const settings = {
    data,
    optimizer: adamw(),
    schedule: () => 1e-2,
    maxIters: STEPS,
    evalInterval: STEPS,
    evalIters: 1,
  };
  const start = performance.now();
  for await (const event of train(model, settings)) if (event.type === 'end') break;
  return (B * T * STEPS) / ((performance.now() - start) / 1000);
}

/** The numbers 0 to 15, one token each. */
const numbers = {
  vocabSize,
  encode: (text: string) => Int32Array.from(text.split(' '), Number),
  decode: (ids: ArrayLike<number>) => Array.from(ids).join(' '),
  decodeStream: () => ({ push: (id: number) => ` ${id}` }),
};
