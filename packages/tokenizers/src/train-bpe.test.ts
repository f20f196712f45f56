import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toPrintable } from './byte-alphabet';
import { trainBpe as onThreads } from './node';
import { hasShared, readShared } from './testing/texts';
import { type TrainBpeEvent, trainBpe } from './train-bpe';

const specialTokens = ['<|endoftext|>'];

describe.skipIf(!hasShared('fixtures/bpe'))('on cs336’s corpus (skipped without ../shared)', () => {
  it('learns the 243 merges and the vocabulary', async () => {
    const corpus = readShared('fixtures/bpe/corpus.en');
    const { merges, tokens } = (await trainBpe([corpus], { vocabSize: 500, specialTokens })).toJSON();
    const expected = readShared('fixtures/bpe/train-bpe-reference-merges.txt').trimEnd().split('\n');
    expect(expected).toHaveLength(243);
    expect(merges).toEqual(expected);
    const vocabulary = Object.fromEntries(tokens.map((token, id) => [token ?? '<|endoftext|>', id]));
    expect(vocabulary).toEqual(JSON.parse(readShared('fixtures/bpe/train-bpe-reference-vocab.json')));
  });
});

/** BPE training as the paper tells it: count every pair of every word again for every merge. */
function learnSlowly(words: readonly string[], merges: number): string[] {
  let split = words.map((word) =>
    Array.from(new TextEncoder().encode(word), (byte) => String.fromCharCode(byte)),
  );
  const learned: string[] = [];
  while (learned.length < merges) {
    const counts = new Map<string, { left: string; right: string; count: number }>();
    for (const tokens of split) {
      for (const [i, right] of tokens.slice(1).entries()) {
        const left = tokens[i] ?? '';
        const pair = counts.get(`${left}|${right}`) ?? { left, right, count: 0 };
        counts.set(`${left}|${right}`, { ...pair, count: pair.count + 1 });
      }
    }
    const greater = (a: string, b: string) => (a === b ? 0 : a > b ? -1 : 1);
    const [best] = [...counts.values()].sort(
      (a, b) => b.count - a.count || greater(a.left, b.left) || greater(a.right, b.right),
    );
    if (best === undefined) break;
    const spell = (token: string) => toPrintable(Uint8Array.from(token, (byte) => byte.charCodeAt(0)));
    learned.push(`${spell(best.left)} ${spell(best.right)}`);
    split = split.map((tokens) => {
      const merged: string[] = [];
      for (let i = 0; i < tokens.length; i++) {
        const pair = tokens[i] === best.left && tokens[i + 1] === best.right;
        merged.push(pair ? best.left + best.right : (tokens[i] ?? ''));
        if (pair) i++;
      }
      return merged;
    });
  }
  return learned;
}

describe('trainBpe', () => {
  it('learns what counting everything again at every step learns', async () => {
    const word = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'b', 'é'), minLength: 1, maxLength: 12 }),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 12 }), async (words) => {
        const tokenizer = await trainBpe(words, { vocabSize: 276, pattern: 'none' });
        expect(tokenizer.toJSON().merges).toEqual(learnSlowly(words, 20));
      }),
      { numRuns: 500 },
    );
  });

  it('reads texts as they come, and no token spans two', async () => {
    async function* texts() {
      for (let i = 0; i < 5; i++) yield 'ab';
    }
    const tokenizer = await trainBpe(texts(), { vocabSize: 300 });
    expect(tokenizer.toJSON().merges).toEqual(['a b']);
    expect(tokenizer.vocabSize).toBe(257);
  });

  it('learns nothing from special tokens, which come first', async () => {
    const tokenizer = await trainBpe(['<|endoftext|><|endoftext|>ab'], { vocabSize: 300, specialTokens });
    expect(tokenizer.toJSON().merges).toEqual(['a b']);
    expect(tokenizer.specialTokens).toEqual({ '<|endoftext|>': 0 });
    expect(tokenizer.endOfText).toBe(0);
  });

  it('tells how far it is', async () => {
    const events: TrainBpeEvent[] = [];
    await trainBpe(['abab', 'é'], { vocabSize: 258, onProgress: (event) => events.push(event) });
    expect(events).toEqual([
      { type: 'counting', texts: 2, bytes: 6 },
      { type: 'merging', merges: 2, of: 2 },
    ]);
  });

  it('stops when it is aborted, while counting and while merging', async () => {
    const words = Array.from({ length: 3000 }, (_, i) => `${i * 7919}`);
    for (const type of ['counting', 'merging'] as const) {
      const controller = new AbortController();
      const onProgress = (event: TrainBpeEvent) => {
        if (event.type === type) controller.abort(new Error(`stop ${type}`));
      };
      const training = trainBpe(words, { vocabSize: 4000, onProgress, signal: controller.signal });
      await expect(training).rejects.toThrow(`stop ${type}`);
    }
  });

  it.each([256, 0, 300.5, Number.NaN])(
    'refuses a vocabulary of %d with a special token',
    async (vocabSize) => {
      await expect(trainBpe([], { vocabSize, specialTokens })).rejects.toThrowError(
        expect.objectContaining({ code: 'tokenizer/vocab-size' }),
      );
    },
  );

  it.each<[string, unknown, object, RegExp]>([
    ['invalid-texts', 'abab', {}, /one string, .* Pass \[text\]/],
    ['invalid-texts', ['ab', undefined], {}, /strings, but gave undefined/],
    ['invalid-texts', ['ab', null], {}, /strings, but gave null/],
    ['duplicate', ['ab'], { specialTokens: ['<a>', '<b>', '<a>'] }, /"<a>" stands twice/],
    ['invalid-vocabulary', ['ab'], { specialTokens: [''] }, /empty string/],
    ['unknown-pattern', ['ab'], { pattern: 'cl100k_base' }, /"cl100k" or "none", but is "cl100k_base"/],
    ['unknown-pattern', ['ab'], { pattern: 'toString' }, /but is "toString"/],
  ])('refuses with tokenizer/%s: %j, %j', async (code, texts, options, message) => {
    const error = expect.objectContaining({
      code: `tokenizer/${code}`,
      message: expect.stringMatching(message),
    });
    for (const train of [trainBpe, onThreads])
      await expect(train(texts as string[], { vocabSize: 300, ...options })).rejects.toThrowError(error);
  });

  it('keeps to the bytes when there is no room for merges, or nothing to learn from', async () => {
    expect((await trainBpe(['abab'], { vocabSize: 257, specialTokens })).toJSON().merges).toEqual([]);
    expect((await trainBpe([], { vocabSize: 1000 })).vocabSize).toBe(256);
  });
});
