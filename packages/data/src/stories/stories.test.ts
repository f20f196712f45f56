import { createRandom, TinyllmError } from '@tinyllm/common';
import { describe, expect, it } from 'vitest';
import { generate } from './generate';
import { hero } from './people';
import {
  builtInStories,
  endOfText,
  generateStories,
  generateStory,
  storyLogProbability,
  storyStatistics,
} from './stories';
import { story } from './story';

function moments(values: readonly number[]): { mean: number; standardError: number } {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1);
  return { mean, standardError: Math.sqrt(variance / values.length) };
}

const sample = [...generateStories({ count: 2000, seed: 7 })];

describe('the exact statistics of the stories', () => {
  const { entropy, expectedLength, natsPerCharacter } = storyStatistics();

  it('have the entropy that 2000 stories have on average', () => {
    const { mean, standardError } = moments(sample.map((text) => -storyLogProbability(text)));
    expect(Math.abs(mean - entropy)).toBeLessThan(4 * standardError);
    expect(standardError).toBeLessThan(entropy / 200);
  });

  it('have the length that 2000 stories have on average, end-of-text counted as one character', () => {
    const { mean, standardError } = moments(sample.map((text) => text.length + 1));
    expect(Math.abs(mean - expectedLength)).toBeLessThan(4 * standardError);
    expect(natsPerCharacter).toBe(entropy / expectedLength);
  });

  it('make small stories of moderate entropy', () => {
    expect(entropy).toBeGreaterThan(45);
    expect(entropy).toBeLessThan(90);
    expect(expectedLength).toBeGreaterThan(350);
    expect(expectedLength).toBeLessThan(550);
  });
});

describe('a story', () => {
  it('has one derivation: its probability is that of the derivation that wrote it', () => {
    const random = createRandom(11);
    for (let i = 0; i < 500; i++) {
      const { text, logProbability } = generate(story, random);
      expect(Math.abs(Math.expm1(storyLogProbability(text) - logProbability)), text).toBeLessThan(1e-9);
    }
  });

  it('is plain text of few characters, neatly spaced', () => {
    const characters = new Set(sample.join(''));
    expect([...characters].filter((c) => !/[A-Za-z \n.,!?'"]/.test(c))).toEqual([]);
    for (const text of sample) {
      expect(text).toMatch(/^[A-Z][^\n]*[.!?"]\n\n[A-Z"][^\n]*[.!?]$/);
      expect(text).not.toMatch(/ {2}|[^\n]\n[^\n]|\s[.,!?]|[.!?][A-Za-z]|,[^ "]|[a-z] "\./);
      expect((text.match(/"/g) ?? []).length % 2, text).toBe(0);
    }
  });

  it('puts "an" before vowels and "a" before all else', () => {
    for (const text of sample) expect(text).not.toMatch(/\ba [aeiou]|\ban [^aeiou]/i);
  });

  it('tells of someone by name in both paragraphs', () => {
    const names = hero.drawing.options.map(({ value }) => value.name ?? '');
    for (const text of sample) {
      const paragraphs = text.split('\n\n').map((paragraph) => paragraph.split(/[^A-Za-z]/));
      expect(
        names.filter((name) => paragraphs.every((words) => words.includes(name))),
        text,
      ).not.toEqual([]);
    }
  });

  it('is 40 to 150 words long, and is almost never told twice', () => {
    for (const text of sample) {
      const words = text.split(/\s+/).length;
      expect(words, text).toBeGreaterThanOrEqual(40);
      expect(words, text).toBeLessThanOrEqual(150);
    }
    expect(new Set(sample).size).toBe(sample.length);
  });

  it.each(['', 'Once upon a time', `${sample[0]} `, `${sample[0]}${sample[1]}`])('is not: %j', (text) => {
    expect(storyLogProbability(text)).toBe(-Infinity);
  });
});

describe('the corpus', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(generateStory(3)).toBe(generateStory(createRandom(3)));
    expect([...generateStories({ count: 2, seed: 7 })]).toEqual(sample.slice(0, 2));
    expect(generateStory(3)).not.toBe(generateStory(4));
  });

  it('has end-of-text behind every story and nothing else between stories', () => {
    const { train, validation } = builtInStories({ stories: 20, seed: 7 });
    expect(train.split(endOfText)).toEqual([...sample.slice(0, 20), '']);
    expect(validation.split(endOfText)).toHaveLength(3);
  });

  it('validates on stories that are not trained on', () => {
    const { train, validation } = builtInStories({ stories: 3000, validationStories: 1000 });
    const seen = new Set(train.split(endOfText).slice(0, -1));
    expect(
      validation
        .split(endOfText)
        .slice(0, -1)
        .filter((text) => seen.has(text)),
    ).toEqual([]);
  });

  it.each([
    { stories: 1.5 },
    { stories: -1 },
    { seed: -1 },
    { seed: Number.NaN },
    { validationStories: 0.5 },
  ])('refuses %j', (options) => {
    expect(() => builtInStories(options)).toThrow(TinyllmError);
    expect(() => builtInStories(options)).toThrow(expect.objectContaining({ code: 'data/bad-option' }));
  });
});
