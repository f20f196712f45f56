import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CharTokenizer } from './char-tokenizer';
import { fromHuggingFace } from './from-hugging-face';
import { tokenizerFromJSON } from './json';
import { toHuggingFace } from './to-hugging-face';
import { trainBpe } from './train-bpe';

const shakespeare = new URL('../../../../shared/data/tinyshakespeare.txt', import.meta.url);

describe.skipIf(!existsSync(shakespeare))('on Tiny Shakespeare (skipped without ../shared)', () => {
  it('finds 65 characters and the ids of "hii there" in nanoGPT', () => {
    const text = readFileSync(shakespeare, 'utf8');
    const tokenizer = CharTokenizer.fromText(text);
    expect(tokenizer.vocabSize).toBe(65);
    expect([...tokenizer.encode('hii there')]).toEqual([46, 47, 47, 1, 58, 46, 43, 56, 43]);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });
});

describe('CharTokenizer', () => {
  const stories = CharTokenizer.fromText('The cat sat.<|endoftext|>', { specialTokens: ['<|endoftext|>'] });

  it('orders characters by code point, astral ones whole', () => {
    expect(CharTokenizer.fromText('z😀a￿').toJSON().characters).toBe('az￿😀');
  });

  it('names an unknown character and its position', () => {
    expect(() => stories.encode('The cät')).toThrowError(
      expect.objectContaining({
        code: 'tokenizer/unknown-character',
        message: expect.stringMatching(/"ä" \(U\+00E4\) at position 5/),
      }),
    );
  });

  it('gives special tokens one id after the characters, and does not count their letters', () => {
    expect(stories.vocabSize).toBe(' .Tacehst'.length + 1);
    expect(stories.specialTokens).toEqual({ '<|endoftext|>': stories.vocabSize - 1 });
    const ids = stories.encode('a cat.<|endoftext|>');
    expect(ids).toHaveLength(7);
    expect(ids.at(-1)).toBe(stories.vocabSize - 1);
    expect(stories.decode(ids)).toBe('a cat.<|endoftext|>');
  });

  it('reads special tokens as text or refuses them on request', () => {
    const text = 'hat<|endoftext|>';
    expect(() => stories.encode(text, { specialTokens: 'text' })).toThrowError(
      /"<" \(U\+003C\) at position 3/,
    );
    expect(() => stories.encode(text, { specialTokens: 'refuse' })).toThrowError(
      expect.objectContaining({
        code: 'tokenizer/special-token',
        message: expect.stringContaining('position 3'),
      }),
    );
  });

  it('takes the longest special token where one begins another', () => {
    const tokenizer = new CharTokenizer('ab', { specialTokens: ['<a', '<ab'] });
    expect([...tokenizer.encode('<ab<a')]).toEqual([3, 2]);
  });

  it('refuses ids outside the vocabulary', () => {
    for (const id of [-1, stories.vocabSize, 0.5, Number.NaN]) {
      expect(() => stories.decode([id])).toThrowError(
        expect.objectContaining({ code: 'tokenizer/unknown-id' }),
      );
    }
  });

  it('refuses a character with two ids', () => {
    expect(() => new CharTokenizer('aba')).toThrowError(
      expect.objectContaining({ code: 'tokenizer/duplicate' }),
    );
  });

  it('refuses a special token that is empty', () => {
    const error = expect.objectContaining({ code: 'tokenizer/invalid-vocabulary' });
    expect(() => new CharTokenizer('abc', { specialTokens: [''] })).toThrowError(error);
    expect(() => CharTokenizer.fromText('abc', { specialTokens: [''] })).toThrowError(error);
  });

  it.each(['refused', false, null])('refuses %j for special tokens, whatever the text', (policy) => {
    for (const text of ['hat', 'hat<|endoftext|>']) {
      expect(() => stories.encode(text, { specialTokens: policy as 'refuse' })).toThrowError(
        expect.objectContaining({ code: 'tokenizer/unknown-policy' }),
      );
    }
  });

  it('reads lone surrogates as U+FFFD', () => {
    const tokenizer = CharTokenizer.fromText('a\ud800');
    expect(tokenizer.decode(tokenizer.encode('\udfffa'))).toBe('\ufffda');
  });

  it('streams what decode gives whole', () => {
    const ids = stories.encode('a cat.<|endoftext|>');
    const stream = stories.decodeStream();
    expect(Array.from(ids, (id) => stream.push(id)).join('') + stream.flush()).toBe(stories.decode(ids));
  });
});

describe('tokenizerFromJSON', () => {
  it('restores a tokenizer from its JSON text', () => {
    const tokenizer = CharTokenizer.fromText('héllo 😀', { specialTokens: ['<|endoftext|>'] });
    const restored = tokenizerFromJSON(JSON.parse(JSON.stringify(tokenizer)));
    expect(restored.toJSON()).toEqual(tokenizer.toJSON());
    expect(restored.encode('hé<|endoftext|>😀')).toEqual(tokenizer.encode('hé<|endoftext|>😀'));
  });

  it('keeps the ids of special tokens that look like integers', async () => {
    const options = { specialTokens: ['<x>', '70', '30'] };
    for (const tokenizer of [
      new CharTokenizer('ab', options),
      await trainBpe(['ab'], { vocabSize: 259, ...options }),
    ]) {
      const ids = tokenizer.encode('<x>7030ab');
      const json = JSON.parse(JSON.stringify(tokenizer));
      expect(tokenizerFromJSON(json).encode('<x>7030ab')).toEqual(ids);
      const theirs = JSON.parse(JSON.stringify(toHuggingFace(tokenizer)));
      expect(fromHuggingFace(theirs).encode('<x>7030ab')).toEqual(ids);
    }
  });

  it.each([null, 'text', {}, { type: 'characters', characters: 5 }, { type: 'wordpiece' }])(
    'refuses %j',
    (json) => {
      expect(() => tokenizerFromJSON(json)).toThrowError(
        expect.objectContaining({ code: 'tokenizer/invalid-json' }),
      );
    },
  );
});
