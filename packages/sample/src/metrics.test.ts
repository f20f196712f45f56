import { createRandom } from '@tinyllm/common';
import { describe, expect, it } from 'vitest';
import { bootstrapInterval, CopiedSpans, distinctN, repetitionRate, selfBleu, words } from './metrics';

const texts = ['The cat sat. The cat ran.', 'A dog sat.', 'The cat sat.'].map(words);

describe('n-grams', () => {
  it('are of words and marks', () => {
    expect(words("Don't stop, Ana!")).toEqual(["don't", 'stop', ',', 'ana', '!']);
  });

  it('are distinct, or repeated', () => {
    // 16 words: the cat sat . the cat ran . / a dog sat . / the cat sat . — 7 different: the cat sat . ran a dog
    expect(distinctN(texts, 1)).toBe(7 / 16);
    // bigrams: the-cat cat-sat sat-. .-the cat-ran ran-. / a-dog dog-sat: 8 different of 7 + 3 + 3
    expect(distinctN(texts, 2)).toBe(8 / 13);
    expect(repetitionRate(texts, 2)).toBeCloseTo((1 / 7 + 0 + 0) / 3, 12);
    expect(distinctN([], 1)).toBeNaN();
  });

  it('say how alike texts are: self-BLEU, by hand', () => {
    const alike = ['a b c d', 'a b c d', 'a b c d'].map(words);
    expect(selfBleu(alike)).toBeCloseTo(1, 12);
    expect(selfBleu(['a b c d', 'e f g h'].map(words))).toBe(0);
    // "a b c" against "a b d e": 2/3 unigrams, 1/2 bigrams, a brevity of exp(1 − 4/3); back: 2/4, 1/3, none.
    const there = Math.sqrt((2 / 3) * (1 / 2)) * Math.exp(1 - 4 / 3);
    const back = Math.sqrt((2 / 4) * (1 / 3));
    expect(selfBleu(['a b c', 'a b d e'].map(words), 2)).toBeCloseTo((there + back) / 2, 12);
    expect(selfBleu(texts.slice(0, 1))).toBeNaN();
  });
});

describe('bootstrapInterval', () => {
  it('covers the true mean 95 times of 100', () => {
    const random = createRandom(9);
    let covered = 0;
    for (let round = 0; round < 400; round++) {
      const sample = Array.from({ length: 50 }, () => random.normal());
      const { low, high } = bootstrapInterval(sample, { seed: round, resamples: 400 });
      if (low <= 0 && high >= 0) covered++;
    }
    expect(covered / 400).toBeGreaterThan(0.91);
    expect(covered / 400).toBeLessThan(0.98);
  });
});

describe('CopiedSpans', () => {
  it('finds what a plain search finds, in any number of reads', () => {
    const random = createRandom(4);
    const letters = (length: number) => Array.from({ length }, () => random.integer(3));
    for (let round = 0; round < 300; round++) {
      const generated = Array.from({ length: 1 + random.integer(3) }, () => letters(random.integer(20)));
      const trained = letters(random.integer(60));
      const spans = new CopiedSpans(generated);
      const cut = random.integer(trained.length + 1);
      spans.read(Int32Array.from(trained.slice(0, cut)));
      spans.read(trained.slice(cut));
      expect(spans.copied({ minLength: 4 })).toEqual(generated.map((text) => plainSearch(text, trained, 4)));
    }
  });
});

function plainSearch(text: readonly number[], trained: readonly number[], minLength: number) {
  const within = `,${trained.join(',')},`;
  const copied = new Set<number>();
  let longest = 0;
  for (let start = 0; start < text.length; start++) {
    for (let end = start + 1; end <= text.length; end++) {
      if (!within.includes(`,${text.slice(start, end).join(',')},`)) break;
      longest = Math.max(longest, end - start);
      if (end - start >= minLength) for (let i = start; i < end; i++) copied.add(i);
    }
  }
  return { longest, rate: text.length === 0 ? 0 : copied.size / text.length };
}
