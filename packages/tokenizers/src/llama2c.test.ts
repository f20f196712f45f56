import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenizerFromJSON } from './json';
import { Llama2cTokenizer } from './llama2c';
import { anyText, hasShared, readShared, readSharedBytes } from './testing/texts';

/** What `encode` of llama2.c's run.c (350e04f), compiled, gives with tok512.bin. */
const runC = [
  ['Once upon a time', [403, 407, 261, 378]],
  [' two  blanks', [410, 259, 424, 414, 410, 268, 421, 303, 433, 419]],
  [
    '“Lily’s 😀 café”\nThe end.',
    [
      410, 465, 438, 310, 468, 419, 410, 243, 162, 155, 131, 280, 412, 431, 485, 466, 13, 434, 260, 344, 264,
      426,
    ],
  ],
  [
    'AAAA <0x41> wwwwwww',
    [410, 447, 447, 447, 447, 410, 504, 477, 444, 484, 475, 505, 263, ...new Array(6).fill(424)],
  ],
  ['', []],
] as const;

const folder = 'fixtures/llama2c-stories260K';

describe.skipIf(!hasShared(folder))('the tokenizer of stories260K (skipped without ../shared)', () => {
  const tokenizer = hasShared(folder)
    ? Llama2cTokenizer.fromBinary(readSharedBytes(`${folder}/tok512.bin`))
    : undefined;
  if (tokenizer === undefined) return;

  it('has 512 pieces, three of them special', () => {
    expect(tokenizer.vocabSize).toBe(512);
    expect(tokenizer.specialTokens).toEqual({ '<unk>': 0, '<s>': 1, '</s>': 2 });
  });

  it.each(runC)('encodes %j as run.c does', (text, ids) => {
    expect([...tokenizer.encode(text)]).toEqual(ids);
  });

  it('gives the published story back', () => {
    const story = readShared(`${folder}/llama2c_stories260K.md`).split('```')[3] ?? '';
    expect(story).toContain('Once upon a time, there was a little girl named Lily.');
    expect(tokenizer.decode(tokenizer.encode(story))).toBe(story);
  });

  it('gives any string back, whole or streamed', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const ids = tokenizer.encode(`<s>${text}`);
        const stream = tokenizer.decodeStream();
        const streamed = Array.from(ids, (id) => stream.push(id));
        expect(tokenizer.decode(ids)).toBe(`<s>${text.toWellFormed()}`);
        expect(streamed.join('') + stream.flush()).toBe(`<s>${text.toWellFormed()}`);
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text.toWellFormed());
      }),
      { numRuns: 2000 },
    );
  });

  it('is not quadratic: a million letters come out before the test runs out of time', () => {
    const text = 'a'.repeat(1_000_000);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it('is restored by its JSON text', () => {
    const restored = tokenizerFromJSON(JSON.parse(JSON.stringify(tokenizer)));
    expect(JSON.stringify(restored)).toBe(JSON.stringify(tokenizer));
    expect(restored.encode('Once upon a time')).toEqual(tokenizer.encode('Once upon a time'));
  });

  it('is written byte for byte as it came', () => {
    expect(Buffer.compare(tokenizer.toBinary(), readSharedBytes(`${folder}/tok512.bin`))).toBe(0);
  });

  it('refuses ids outside the vocabulary', () => {
    for (const id of [-1, 512, 0.5]) {
      expect(() => tokenizer.decode([id])).toThrowError(
        expect.objectContaining({ code: 'tokenizer/unknown-id' }),
      );
    }
  });

  it('refuses a file cut short', () => {
    const file = readSharedBytes(`${folder}/tok512.bin`);
    for (const end of [103, file.length - 1, file.length - 5]) {
      expect(() => Llama2cTokenizer.fromBinary(file.subarray(0, end))).toThrowError(
        expect.objectContaining({ code: 'tokenizer/invalid-file' }),
      );
    }
  });
});

it('refuses pieces that are not llama2.c’s', () => {
  expect(() => new Llama2cTokenizer([])).toThrowError(
    expect.objectContaining({ code: 'tokenizer/invalid-vocabulary' }),
  );
});
