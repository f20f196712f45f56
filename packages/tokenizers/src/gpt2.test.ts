import fc from 'fast-check';
import * as peer from 'gpt-tokenizer/encoding/r50k_base';
import { describe, expect, it } from 'vitest';
import { BPETokenizer } from './bpe-tokenizer';
import { fromPrintable } from './byte-alphabet';
import { gpt2 } from './gpt2';
import { parseMerges } from './parse-merges';
import { anyText, hasShared, readShared } from './testing/texts';

const tokenizer = gpt2();

describe('gpt2()', () => {
  it('has 50,257 tokens, of which the last ends a text and pads a batch', () => {
    expect(tokenizer.vocabSize).toBe(50_257);
    expect(tokenizer.specialTokens).toEqual({ '<|endoftext|>': 50_256 });
    expect(tokenizer.endOfText).toBe(50_256);
    expect(tokenizer.padding).toBe(50_256);
  });

  // 100,000 strings. JavaScript's \s, which gpt-tokenizer cuts by, differs from GPT-2's in two characters: U+0085
  // is whitespace and U+FEFF is not. There tiktoken decides (peers.test.ts); here blanks stand for them.
  it('gives gpt-tokenizer’s ids and any string back', () => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 100, maxLength: 100 }), (texts) => {
        for (const text of texts) {
          const ids = tokenizer.encode(text, { specialTokens: 'text' });
          if (tokenizer.decode(ids) !== text.toWellFormed())
            expect(tokenizer.decode(ids)).toBe(text.toWellFormed());
          const shared = text.replace(/[\u0085\ufeff]/g, ' ');
          const ours = [...tokenizer.encode(shared, { specialTokens: 'text' })];
          const theirs = peer.encode(shared, { disallowedSpecial: new Set() });
          if (ours.join() !== theirs.join())
            expect({ text: shared, ids: ours }).toEqual({ text: shared, ids: theirs });
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe.skipIf(!hasShared('fixtures/gpt2-bpe'))('GPT-2’s ids (skipped without ../shared)', () => {
  const printable: Record<string, number> = hasShared('fixtures/gpt2-bpe')
    ? JSON.parse(readShared('fixtures/gpt2-bpe/vocab.json'))
    : {};

  function fromFiles(): BPETokenizer {
    const tokens: (Uint8Array | undefined)[] = [];
    for (const [text, id] of Object.entries(printable)) {
      tokens[id] = text === '<|endoftext|>' ? undefined : fromPrintable(text);
    }
    const lines = readShared('fixtures/gpt2-bpe/merges.txt')
      .split('\n')
      .filter((line) => line && !line.startsWith('#version'));
    const merges = parseMerges(lines, new Map(Object.entries(printable))) ?? [];
    return new BPETokenizer({ tokens, merges, specialTokens: { '<|endoftext|>': 50_256 } });
  }

  it('are the same from gpt-tokenizer’s ranks and from OpenAI’s vocab.json and merges.txt', () => {
    expect(fromFiles().toJSON()).toEqual(tokenizer.toJSON());
  });

  describe.each([
    ['gpt2()', () => tokenizer],
    ['a BPETokenizer of vocab.json and merges.txt', fromFiles],
  ])('by %s', (_, create) => {
    const made = hasShared('fixtures/gpt2-bpe') ? create() : tokenizer;

    it('of 64 strings in many scripts', () => {
      const plans: { text: string; ids: number[] }[] = JSON.parse(
        readShared('fixtures/gpt2-bpe/r50k_testplans.json'),
      );
      expect(plans).toHaveLength(64);
      for (const { text, ids } of plans) expect([...made.encode(text)]).toEqual(ids);
    });

    it('of three texts', () => {
      const texts: Record<string, number[]> = JSON.parse(
        readShared('fixtures/gpt2-bpe/expected_ids_cs336_texts.json'),
      );
      expect(Object.keys(texts)).toHaveLength(3);
      for (const [name, ids] of Object.entries(texts)) {
        // One file ends with a newline that its reference ids leave out.
        const text = readShared(`fixtures/gpt2-bpe/${name}`).replace(/(<\|endoftext\|>)\n$/, '$1');
        expect([...made.encode(text)]).toEqual(ids);
        expect(made.decode(ids)).toBe(text);
      }
    });

    it('of Tiny Shakespeare, 301,966 and 36,059', () => {
      const text = readShared('data/tinyshakespeare.txt');
      const cut = Math.floor(text.length * 0.9);
      expect(made.encode(text.slice(0, cut))).toHaveLength(301_966);
      expect(made.encode(text.slice(cut))).toHaveLength(36_059);
    });
  });
});
