import { createRandom } from '@tinyllm/common';
import { describe, expect, it } from 'vitest';
import { generate } from './generate';
import type { GenerateOptions } from './generate-options';
import type { LanguageModel, TextTokenizer } from './language-model';
import type { Piece } from './row';
import { greedy, sampler } from './samplers';
import { alphabet, bytes, letters, scripted, tokenizerOf, watchedModel } from './testing/letters';

type Options = Partial<GenerateOptions>;

async function pieces(
  model: LanguageModel,
  prompt: string | readonly string[],
  options: Options = {},
  tokenizer: TextTokenizer = letters,
): Promise<Piece[]> {
  const all: Piece[] = [];
  for await (const piece of generate(model, tokenizer, prompt, { seed: 1, sampler: greedy, ...options }))
    all.push(piece);
  return all;
}

/** The text of each row. */
async function texts(...args: Parameters<typeof pieces>): Promise<string[]> {
  const rows: string[] = [];
  for (const { row, text } of await pieces(...args)) rows[row] = (rows[row] ?? '') + text;
  return rows;
}

describe('generate', () => {
  it("streams pieces with the model's own probability, rank and alternatives", async () => {
    const likely = Math.exp(3) / (Math.exp(3) + 7);
    const unlikely = 1 / (Math.exp(3) + 7);
    const options = {
      maxNewTokens: 2,
      alternatives: 2,
      sampler: sampler({ temperature: 0, bannedTokens: [2] }),
    };
    const probability = (p: number) => expect.closeTo(p, 8);
    expect(await pieces(alphabet(), 'a', options)).toEqual([
      {
        row: 0,
        token: 1,
        text: 'b',
        scores: {
          probability: probability(likely),
          rank: 1,
          top: [
            { token: 1, probability: probability(likely) },
            { token: 0, probability: probability(unlikely) },
          ],
        },
      },
      {
        row: 0,
        token: 0, // the likeliest, c, is banned, and of its equals it is the first
        text: 'a',
        scores: {
          probability: probability(unlikely),
          rank: 2,
          top: [
            { token: 2, probability: probability(likely) },
            { token: 0, probability: probability(unlikely) },
          ],
        },
        finished: 'length',
      },
    ]);
  });

  it('continues prompts of any length together, each until it ends', async () => {
    const model = alphabet(8);
    expect(await texts(model, ['abc', 'f', 'a'], { stopTokens: [7], maxNewTokens: 6 })).toEqual([
      'defg',
      'g',
      'bcdefg',
    ]);
    expect(model.reads.at(-1)).toEqual([[], [], [5]]); // ended rows rest
  });

  it('gives samples that differ, the same for the same seed, however many there are', async () => {
    const options = { sampler: sampler({ temperature: 2 }), maxNewTokens: 20 };
    const three = await texts(alphabet(), 'a', { ...options, numSamples: 3 });
    expect(new Set(three).size).toBe(3);
    expect(await texts(alphabet(), 'a', { ...options, numSamples: 2 })).toEqual(three.slice(0, 2));
    expect(await texts(alphabet(), 'a', { ...options, seed: 2 })).not.toEqual(three.slice(0, 1));
    const rows = (await pieces(alphabet(), ['a', 'b'], { numSamples: 2, maxNewTokens: 1 })).map(
      ({ row, text }) => [row, text],
    );
    expect(rows).toEqual([
      [0, 'b'],
      [1, 'b'],
      [2, 'c'],
      [3, 'c'],
    ]);
  });

  it('lets penalties see the prompt and the text', async () => {
    const options = { sampler: sampler({ temperature: 0, presencePenalty: 10 }), maxNewTokens: 6 };
    expect(await texts(alphabet(), 'ba', options)).toEqual(['cdefgh']); // b is next, but has been
  });

  it('says why a text ended', async () => {
    const reason = async (options: Options) => (await pieces(alphabet(), 'a', options)).at(-1);
    expect(await reason({ maxNewTokens: 3 })).toMatchObject({ text: 'd', finished: 'length' });
    expect(await reason({ stopTokens: [4, 5] })).toMatchObject({
      token: 4,
      text: '',
      finished: 'stop-token',
    });
    expect(await reason({ stopStrings: ['ef'] })).toMatchObject({ text: '', finished: 'stop-string' });
    expect(await reason({ pastWindow: 'stop' })).toMatchObject({ text: 'e', finished: 'window' });
    expect(await pieces(alphabet(), 'a', { maxNewTokens: 0 })).toEqual([]);
  });

  it('never draws, scores or offers an id with which a model is padded', async () => {
    const padded = watchedModel(10, 4, () => [0, 1, 0, 0, 0, 0, 0, 0, 9, 9]);
    const options = { maxNewTokens: 3, alternatives: 10 };
    const all = await pieces(padded, 'a', options);
    expect(all.map(({ text }) => text)).toEqual(['b', 'b', 'b']);
    const [scores] = all.map(({ scores }) => scores);
    expect(scores?.top.map(({ token }) => token)).toEqual([1, 0, 2, 3, 4, 5, 6, 7]);
    expect(scores?.probability).toBeCloseTo(Math.E / (Math.E + 7), 8);
    const drawn = await pieces(padded, 'a', { maxNewTokens: 200, sampler: sampler({ temperature: 5 }) });
    expect(Math.max(...drawn.map(({ token }) => token))).toBe(7);
  });

  it('ends when aborted, with all the text there was, and when its reader leaves', async () => {
    const controller = new AbortController();
    const model = alphabet();
    let all = '';
    const options = { seed: 1, sampler: greedy, signal: controller.signal, stopStrings: ['dx'] };
    for await (const { text } of generate(model, letters, 'a', options)) {
      all += text;
      if (all === 'bc') controller.abort();
    }
    expect(all).toBe('bc');
    for await (const _ of generate(model, letters, 'a', { seed: 1 })) break;
    expect(model.disposed).toBe(2);
  });

  it('names one string where stop strings should be an array', async () => {
    await expect(pieces(alphabet(), 'a', { stopStrings: 'ab' as never })).rejects.toMatchObject({
      code: 'sample/invalid-option',
      message: 'stopStrings must be an array of strings of at least a character, but is "ab".',
    });
  });

  it('refuses a seed that would silently be another one', async () => {
    for (const seed of [0.5, -1, Number.NaN, undefined as never]) {
      await expect(pieces(alphabet(), 'a', { seed })).rejects.toMatchObject({ code: 'random/invalid-seed' });
    }
  });

  it.each<[string, string | readonly string[], Options, LanguageModel?]>([
    ['empty-prompt', '', {}],
    ['empty-prompt', ['a', ''], {}],
    ['empty-prompt', [], {}],
    ['invalid-option', 'a', { stopStrings: [7 as never] }],
    ['invalid-option', 'a', { stopTokens: 7 as never }],
    ['invalid-option', 'a', { stopTokens: [undefined as never] }],
    ['invalid-option', 'a', { stopTokens: [8] }],
    ['invalid-option', 'a', { stopTokens: [0.5] }],
    ['invalid-option', 'a', { pastWindow: 'STOP' as never }],
    ['invalid-option', 'a', { alternatives: Number.NaN }],
    ['prompt-too-long', 'abcde', { pastWindow: 'stop' }],
    ['invalid-option', 'a', { keepPrefix: 4 }],
    ['invalid-option', 'a', { numSamples: 0 }],
    ['invalid-option', 'a', { maxNewTokens: -1 }],
    ['invalid-option', 'a', { alternatives: 0.5 }],
    ['invalid-option', 'a', { stopStrings: ['b', ''] }],
    ['vocabulary-mismatch', 'a', {}, { ...alphabet(), vocabSize: 7 }],
  ])('refuses with sample/%s: %j, %j', async (code, prompt, options, model = alphabet()) => {
    await expect(pieces(model, prompt, options)).rejects.toMatchObject({ code: `sample/${code}` });
  });
});

describe('past the window', () => {
  it('forgets the older half, so that a text of 1,000 tokens reads two ids a token', async () => {
    const model = alphabet(128);
    const [text] = await texts(model, 'a', { maxNewTokens: 1000 });
    expect(text).toBe('bcdefgha'.repeat(125));
    const read = model.reads.map(([ids]) => (ids as number[]).length);
    expect(read.slice(0, 128)).toEqual(new Array(128).fill(1));
    expect(read[128]).toBe(64);
    expect(read.reduce((sum, n) => sum + n)).toBe(1000 + 14 * 63); // 14 times it was full
  });

  it('keeps a prefix, and the end of what was said', async () => {
    const model = alphabet(6);
    await texts(model, 'hag', { maxNewTokens: 20, keepPrefix: 2 });
    expect(model.windows[0]?.slice(0, 2)).toEqual([7, 0]);
    expect(model.reads.slice(0, 6)).toEqual([[[7, 0, 6]], [[7]], [[0]], [[1]], [[1, 2]], [[3]]]);
  });

  it('reads the prefix and the end of a prompt that is too long', async () => {
    const model = alphabet(4);
    expect(await texts(model, 'abcdefgh', { maxNewTokens: 2, keepPrefix: 1 })).toEqual(['ab']);
    expect(model.reads).toEqual([[[0, 5, 6, 7]], [[0]]]);
  });

  it('goes on with a window of one, and with one that has no end', async () => {
    expect(await texts(alphabet(1), 'abc', { maxNewTokens: 3 })).toEqual(['def']);
    expect(await texts(alphabet(Infinity), 'abc', { maxNewTokens: 3 })).toEqual(['def']);
  });
});

describe('text', () => {
  it('is never half a character', async () => {
    const script = [...bytes.encode('é🙂'), 0xf0, 0x9f];
    const all = await pieces(scripted(256, script), 'x', { maxNewTokens: script.length }, bytes);
    expect(all.map(({ text }) => text)).toEqual(['', 'é', '', '', '', '🙂', '', '']);
  });

  it('ends before the first stop string and never shows a part of it, wherever tokens end', async () => {
    const random = createRandom(3);
    const pick = <T>(from: readonly T[]): T => from[random.integer(from.length)] as T;
    const word = (longest: number) =>
      Array.from({ length: 1 + random.integer(longest) }, () => pick(['a', 'b'])).join('');
    for (let round = 0; round < 2000; round++) {
      const vocabulary = ['a', 'b', '', word(3), word(3), word(4)];
      const script = Array.from({ length: 12 }, () => random.integer(vocabulary.length));
      const stopStrings = Array.from({ length: 1 + random.integer(3) }, () => word(5));
      const whole = script.map((id) => vocabulary[id]).join('');
      const ends = stopStrings.map((stop) => whole.indexOf(stop)).filter((at) => at >= 0);
      const expected =
        ends.length === 0 ? whole : whole.slice(0, firstToShow(script, vocabulary, stopStrings));

      const options = { maxNewTokens: script.length, stopStrings };
      const all = await pieces(scripted(6, script), 'a', options, tokenizerOf(vocabulary));
      expect(all.map(({ text }) => text).join('')).toBe(expected);
      expect(all.map(({ finished }) => finished).filter(Boolean)).toEqual([
        ends.length === 0 ? 'length' : 'stop-string',
      ]);
    }
  });
});

/** Where the first stop string begins in the text up to the first token that completes one. */
function firstToShow(
  script: readonly number[],
  vocabulary: readonly string[],
  stops: readonly string[],
): number {
  let text = '';
  for (const id of script) {
    text += vocabulary[id];
    const ends = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
    if (ends.length > 0) return Math.min(...ends);
  }
  return text.length;
}
