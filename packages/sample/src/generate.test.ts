import { describe, expect, it } from 'vitest';
import { type GenerateOptions, generate, type LanguageModel, type TextTokenizer } from './generate';
import { greedy, sampler } from './samplers';

const alphabet = 'abcdefgh';

const tokenizer: TextTokenizer = {
  vocabSize: alphabet.length,
  encode: (text) => Int32Array.from(text, (character) => alphabet.indexOf(character)),
  decodeStream: () => ({ push: (id) => alphabet[id] ?? '', flush: () => '' }),
};

/** Predicts the letter after the last, and keeps what it was asked. */
function successor(blockSize = 4): LanguageModel & { asked: number[][] } {
  const asked: number[][] = [];
  return {
    asked,
    vocabSize: alphabet.length,
    blockSize,
    decode: () => ({
      lengths: [],
      async append([ids]) {
        asked.push([...(ids as Int32Array)]);
        const next = ((ids?.at(-1) as number) + 1) % alphabet.length;
        return [Float32Array.from(alphabet, (_, id) => (id === next ? 3 : 0))];
      },
      truncate: () => asked.push([]),
      dispose: () => undefined,
    }),
  };
}

async function text(
  model: LanguageModel,
  prompt: string,
  options: Partial<GenerateOptions>,
): Promise<string> {
  let all = '';
  for await (const piece of generate(model, tokenizer, prompt, { seed: 1, ...options })) all += piece.text;
  return all;
}

describe('generate', () => {
  it('streams one piece a token', async () => {
    const pieces = [];
    for await (const piece of generate(successor(), tokenizer, 'a', {
      seed: 1,
      sampler: greedy,
      maxNewTokens: 3,
    })) {
      pieces.push(piece);
    }
    expect(pieces).toEqual([
      { token: 1, text: 'b' },
      { token: 2, text: 'c' },
      { token: 3, text: 'd' },
    ]);
  });

  it('past the window reads the last blockSize tokens', async () => {
    const model = successor(3);
    expect(await text(model, 'abcde', { sampler: greedy, maxNewTokens: 3 })).toBe('fgh');
    expect(model.asked).toEqual([
      [2, 3, 4],
      [], // forgets
      [3, 4, 5],
      [],
      [4, 5, 6],
      [],
    ]);
  });

  it('stops at a stop token without yielding it', async () => {
    expect(await text(successor(), 'a', { sampler: greedy, stopTokens: [4] })).toBe('bcd');
  });

  it('gives the same text for the same seed, another for another', async () => {
    const options = { sampler: sampler({ temperature: 2 }), maxNewTokens: 40 };
    const first = await text(successor(), 'a', options);
    expect(await text(successor(), 'a', options)).toBe(first);
    expect(await text(successor(), 'a', { ...options, seed: 2 })).not.toBe(first);
  });

  it('ends when aborted', async () => {
    const controller = new AbortController();
    let all = '';
    const options = { seed: 1, sampler: greedy, signal: controller.signal };
    for await (const piece of generate(successor(), tokenizer, 'a', options)) {
      all += piece.text;
      if (all === 'bcd') controller.abort();
    }
    expect(all).toBe('bcd');
  });

  it('refuses an empty prompt and another vocabulary', async () => {
    await expect(text(successor(), '', {})).rejects.toMatchObject({ code: 'sample/empty-prompt' });
    await expect(text({ ...successor(), vocabSize: 9 }, 'a', {})).rejects.toMatchObject({
      code: 'sample/vocabulary-mismatch',
    });
  });
});
