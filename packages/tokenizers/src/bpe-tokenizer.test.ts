import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { BPETokenizer } from './bpe-tokenizer';
import { tokenizerFromJSON } from './json';
import type { PretokenPattern } from './pretokenize';
import { anyText } from './testing/texts';
import { trainBpe } from './train-bpe';

const stories =
  'Once upon a time, there was a little girl named Lily. She saw a big, red ball. "Oh, no!" 😀😀é漢漢\n';
const bytes = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
const ascii = (text: string) => new TextEncoder().encode(text);

it('refuses an unknown pattern', () => {
  const pattern = 'cl100k_base' as PretokenPattern;
  expect(() => BPETokenizer.fromRanks(bytes, { pattern })).toThrowError(
    expect.objectContaining({ code: 'tokenizer/unknown-pattern' }),
  );
});

describe.each(['gpt2', 'cl100k', 'none'] as const)(
  'a tokenizer with the pattern %s',
  (pattern: PretokenPattern) => {
    let tokenizer: BPETokenizer;
    beforeAll(async () => {
      tokenizer = await trainBpe([stories.repeat(3)], {
        vocabSize: 320,
        pattern,
        specialTokens: ['<|endoftext|>', '<pad>'],
      });
    });

    it('gives any string back, whole or streamed', () => {
      fc.assert(
        fc.property(anyText, (text) => {
          const ids = tokenizer.encode(text);
          const stream = tokenizer.decodeStream();
          const streamed = Array.from(ids, (id) => stream.push(id));
          expect(tokenizer.decode(ids)).toBe(text.toWellFormed());
          expect(streamed.join('') + stream.flush()).toBe(text.toWellFormed());
          for (const piece of streamed) expect(piece.isWellFormed()).toBe(true);
        }),
        { numRuns: 2000 },
      );
    });

    it('has the bytes of every token, also of a part of a character', () => {
      const ids = tokenizer.encode(`${stories}<pad>🦔`);
      const joined = Buffer.concat(Array.from(ids, (id) => tokenizer.bytesOf(id)));
      expect(joined.toString()).toBe(`${stories}<pad>🦔`);
      expect(() => tokenizer.bytesOf(tokenizer.vocabSize)).toThrow(/vocabulary/);
    });

    it('is restored by its JSON text', () => {
      const restored = tokenizerFromJSON(JSON.parse(JSON.stringify(tokenizer)));
      expect(restored.toJSON()).toEqual(tokenizer.toJSON());
      expect(restored.encode(stories)).toEqual(tokenizer.encode(stories));
    });

    it.each([
      ['a', 'a'.repeat(1_000_000)],
      ['blanks', ' '.repeat(1_000_000)],
      ['newlines and blanks', '\n '.repeat(500_000)],
      ['punctuation', '!?'.repeat(500_000)],
      ['CJK', '漢'.repeat(300_000)],
    ])('is not quadratic: a million bytes of %s come out before the test runs out of time', (_, text) => {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    });
  },
);

describe('BPETokenizer', () => {
  const tokenizer = new BPETokenizer({
    tokens: [...bytes, ascii('ab'), ascii('bc'), ascii('abc'), ascii('aa')],
    merges: [
      [0x62, 0x63], // bc
      [0x61, 0x62], // ab
      [0x61, 257], // a bc
      [0x61, 0x61], // aa
    ],
    specialTokens: { '<|end|>': 260, '<|end|>!': 262 },
    pattern: 'none',
  });

  it('merges in the order of the merges, not the longest or the first', () => {
    expect([...tokenizer.encode('abc')]).toEqual([258]);
    expect([...tokenizer.encode('abab')]).toEqual([256, 256]);
    expect([...tokenizer.encode('aaabc')]).toEqual([259, 258]);
    expect([...tokenizer.encode('aaa')]).toEqual([259, 0x61]);
  });

  it('merges long pieces as it merges short ones', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...'aaabbc'), { minLength: 30, maxLength: 200 }), (letters) => {
        // Beyond the vocabulary x stands between: what is short on its own is long together.
        const text = letters.join('');
        const short = text.match(/.{1,20}/g) ?? [];
        const apart = short.flatMap((part) => [...tokenizer.encode(`${part}x`)]);
        expect([...tokenizer.encode(short.map((part) => `${part}x`).join(''))]).toEqual(apart);
      }),
    );
  });

  it('reads special tokens as tokens, as text, or not at all, the longest first', () => {
    expect([...tokenizer.encode('a<|end|>!<|end|>')]).toEqual([0x61, 262, 260]);
    expect([...tokenizer.encode('<|end|>', { specialTokens: 'text' })]).toEqual([...ascii('<|end|>')]);
    expect(() => tokenizer.encode('ab<|end|>', { specialTokens: 'refuse' })).toThrowError(
      expect.objectContaining({
        code: 'tokenizer/special-token',
        message: expect.stringContaining('position 2'),
      }),
    );
    expect(tokenizer.decode([0x61, 262, 260])).toBe('a<|end|>!<|end|>');
  });

  it('refuses ids outside the vocabulary, and ids in it that nothing has', () => {
    for (const id of [-1, 261, tokenizer.vocabSize, 0.5, Number.NaN]) {
      const refusal = expect.objectContaining({ code: 'tokenizer/unknown-id' });
      expect(() => tokenizer.decode([0x61, id])).toThrowError(refusal);
      expect(() => tokenizer.decodeStream().push(id)).toThrowError(refusal);
    }
  });

  it('holds back a character until its last byte', () => {
    const stream = tokenizer.decodeStream();
    expect([...ascii('é😀')].map((id) => stream.push(id))).toEqual(['', 'é', '', '', '', '😀']);
    expect(stream.push(0xf0)).toBe('');
    expect(stream.flush()).toBe('\ufffd');
  });

  it('keeps a byte order mark, which is text', () => {
    expect(tokenizer.decode(tokenizer.encode('\ufeffa'))).toBe('\ufeffa');
  });

  it('does not mix its texts up when one fails', () => {
    expect(() => tokenizer.encode('abc<|end|>', { specialTokens: 'refuse' })).toThrow();
    expect([...tokenizer.encode('ab')]).toEqual([256]);
  });

  it('gives the same ids when its memory of words has been full', () => {
    const words = Array.from({ length: 70_000 }, (_, i) => `w${i}`).join(' ');
    const spaced = new BPETokenizer({ tokens: bytes, merges: [] });
    expect(spaced.decode(spaced.encode(words))).toBe(words);
    expect([...spaced.encode('w1 w2')]).toEqual([...ascii('w1 w2')]);
  });

  it.each([
    ['a byte without a token', { tokens: bytes.slice(1), merges: [] }, 'tokenizer/invalid-vocabulary'],
    ['a merge into nothing', { tokens: bytes, merges: [[1, 2]] }, 'tokenizer/invalid-vocabulary'],
    ['a merge of no token', { tokens: bytes, merges: [[1, 400]] }, 'tokenizer/invalid-vocabulary'],
    ['twins', { tokens: [...bytes, ascii('a')], merges: [] }, 'tokenizer/duplicate'],
    ['an id taken', { tokens: bytes, merges: [], specialTokens: { '<s>': 7 } }, 'tokenizer/duplicate'],
    [
      'an empty special token',
      { tokens: bytes, merges: [], specialTokens: { '': 256 } },
      'tokenizer/invalid-vocabulary',
    ],
    [
      'a strange id',
      { tokens: bytes, merges: [], specialTokens: { '<s>': -1 } },
      'tokenizer/invalid-vocabulary',
    ],
  ] as const)('refuses a vocabulary with %s', (_, vocabulary, code) => {
    expect(() => new BPETokenizer(vocabulary)).toThrowError(expect.objectContaining({ code }));
  });

  it('refuses ranks that no merges explain', () => {
    expect(() => BPETokenizer.fromRanks([...bytes, ascii('abc')])).toThrowError(
      expect.objectContaining({
        code: 'tokenizer/invalid-vocabulary',
        message: expect.stringContaining('abc'),
      }),
    );
  });

  it.each([
    { type: 'bpe', pattern: 'gpt3', tokens: [], merges: [], specialTokens: {} },
    { type: 'bpe', pattern: 'gpt2', tokens: ['a b'], merges: [], specialTokens: {} },
    { type: 'bpe', pattern: 'gpt2', tokens: ['a'], merges: ['a b'], specialTokens: {} },
    { type: 'bpe', pattern: 'gpt2', tokens: ['a'], merges: [], specialTokens: { '<s>': '1' } },
    { type: 'constructor' },
  ])('is not restored from %j', (json) => {
    expect(() => tokenizerFromJSON(json)).toThrowError(
      expect.objectContaining({ code: 'tokenizer/invalid-json' }),
    );
  });
});
