import { describe, expect, it } from 'vitest';
import { createRandom, samplerOptionNames } from './index';
import { type chain, distribution, greedy, type SamplerOptions, sampler, samplerSteps } from './samplers';
import { logitBias, minP, penalties, temperature, topK, topP, typicalP } from './steps';
import { referenceDistribution } from './testing/reference';

const row = Float32Array.of(1, 3, 2, 3, -1, 0.5, -2, 2.5, -Infinity, 0, 1.5, -0.5);
const history = [1, 2, 2, 4, 1, 11, 2];

/** Every step alone, and chains of them. */
const settings: readonly SamplerOptions[] = [
  {},
  { temperature: 0.7 },
  { temperature: 1.8 },
  { temperature: 0 },
  { topK: 3 },
  { typicalP: 0.6 },
  { topP: 0.8 },
  { minP: 0.2 },
  { logitBias: { 1: -2, 6: 3 } },
  { bannedTokens: [1, 3] },
  { repetitionPenalty: 1.3 },
  { frequencyPenalty: 0.4 },
  { presencePenalty: 0.6 },
  { repetitionPenalty: 1.3, frequencyPenalty: 0.4, presencePenalty: -0.6, penaltyLastN: 4 },
  { topK: 7, topP: 0.9, temperature: 0.8 },
  { topK: 8, minP: 0.1, temperature: 1.5 },
  { typicalP: 0.7, temperature: 0.6 },
  {
    logitBias: { 0: 1, 5: -1 },
    bannedTokens: [3],
    repetitionPenalty: 1.1,
    presencePenalty: 0.2,
    topK: 9,
    typicalP: 0.95,
    topP: 0.9,
    minP: 0.05,
    temperature: 1.2,
  },
];

describe.each(settings.map((options) => [JSON.stringify(options), options] as const))(
  '%s',
  (_name, options) => {
    it('has the probabilities of a plain reference, on rows of 1 to 2,000 ids', () => {
      const random = createRandom(5);
      for (const vocabSize of [1, 2, 12, 100, 2000]) {
        const logits = Float32Array.from({ length: vocabSize }, () => 3 * random.normal());
        const text = Array.from({ length: 100 }, () => random.integer(vocabSize));
        const valid = vocabSize < 12 ? { ...options, logitBias: {}, bannedTokens: [] } : options;
        const actual = distribution(logits, samplerSteps(valid), text);
        const expected = referenceDistribution(logits, valid, text);
        for (const [id, p] of expected.entries())
          expect(Math.abs((actual[id] as number) - p)).toBeLessThan(1e-6);
      }
    });

    it('draws with these probabilities: chi-square of 1,000,000 draws', () => {
      const expected = referenceDistribution(row, options, history);
      const counts = new Float64Array(row.length);
      const random = createRandom(11);
      const choose = sampler(options);
      const draws = 1_000_000;
      for (let i = 0; i < draws; i++) {
        const id = choose(row, random, history);
        counts[id] = (counts[id] as number) + 1;
      }
      let statistic = 0;
      for (const [id, p] of expected.entries()) {
        if (p === 0) expect(counts[id]).toBe(0);
        else statistic += ((counts[id] as number) - draws * p) ** 2 / (draws * p);
      }
      const freedom = expected.filter((p) => p > 0).length - 1;
      expect(statistic).toBeLessThanOrEqual(freedom === 0 ? 0 : chiSquareQuantile(freedom));
    });
  },
);

/** What chi-square with so many degrees of freedom exceeds once in 10,000 times (Wilson and Hilferty 1931). */
function chiSquareQuantile(freedom: number): number {
  return freedom * (1 - 2 / (9 * freedom) + 3.719 * Math.sqrt(2 / (9 * freedom))) ** 3;
}

describe('samplers', () => {
  it('greedy takes the highest logit, the lowest id among equals', () => {
    expect(greedy(row, createRandom(1))).toBe(1);
  });

  it('topK keeps exactly k ids, the lower ones among equals', () => {
    const ties = Float32Array.of(2, 2, 2, 2);
    expect([...distribution(ties, [topK(3)])]).toEqual([1 / 3, 1 / 3, 1 / 3, 0]);
    expect(distribution(row, [topK(100)])).toEqual(distribution(row, []));
  });

  it('may be chained in another order', () => {
    const logits = Float32Array.of(2, 1, 0); // p = 0.665, 0.245, 0.090; at temperature 10: 0.367, 0.332, 0.301
    const survivors = (...steps: Parameters<typeof chain>) =>
      distribution(logits, steps).filter((p) => p > 0).length;
    expect(survivors(topP(0.6), temperature(10))).toBe(1);
    expect(survivors(temperature(10), topP(0.6))).toBe(2);
  });

  it('leave the row as it was, and remember nothing of it', () => {
    const before = row.slice();
    const choose = sampler({ topK: 2, repetitionPenalty: 2, temperature: 0.5 });
    const first = Array.from({ length: 20 }, (_, i) => choose(row, createRandom(i), history));
    choose(Float32Array.of(1, 2), createRandom(1));
    choose(row.toReversed(), createRandom(1));
    expect(Array.from({ length: 20 }, (_, i) => choose(row, createRandom(i), history))).toEqual(first);
    expect(row).toEqual(before);
  });

  it('stand huge logits, far ones and many equal ones', () => {
    expect(sampler()(Float32Array.of(-Infinity, 1e30, -1e30), createRandom(1))).toBe(1);
    expect(sampler({ topK: 2 })(Float32Array.of(-Infinity, -1e30, -Infinity), createRandom(1))).toBe(1);
    const flat = new Float32Array(50_257);
    expect(distribution(flat, [topP(0.5)]).filter((p) => p > 0).length).toBe(25_129);
    expect(distribution(flat, [topK(40)]).findLastIndex((p) => p > 0)).toBe(39);
  });

  it('refuse a row that a model should not give', () => {
    const choose = sampler({ topK: 2 });
    for (const bad of [Number.NaN, Infinity])
      expect(() => choose(Float32Array.of(1, bad, 2), createRandom(1))).toThrowError(
        expect.objectContaining({
          code: 'sample/not-a-number',
          message: expect.stringContaining('token 1 '),
        }),
      );
    for (const options of settings.filter(({ bannedTokens, logitBias }) => !bannedTokens && !logitBias)) {
      for (const id of [0, 1, 50, 99]) {
        const diverged = Float32Array.from({ length: 100 }, (_, i) => (i === id ? Number.NaN : i % 7));
        expect(() => sampler(options)(diverged, createRandom(1))).toThrowError(/is not a finite number/);
      }
    }
    expect(() => sampler({ bannedTokens: [0, 1] })(Float32Array.of(1, 2), createRandom(1))).toThrowError(
      expect.objectContaining({ code: 'sample/nothing-left' }),
    );
  });

  it('refuse an option that they do not know, by its name, and take all that they do', () => {
    const options = { top_k: 5 } as SamplerOptions;
    for (const make of [sampler, samplerSteps]) {
      expect(() => make(options)).toThrowError(
        expect.objectContaining({
          code: 'sample/unknown-option',
          message: expect.stringMatching(/"top_k"\. The options are .*\btopK\b/),
        }),
      );
    }
    const every = settings.flatMap((each) => Object.keys(each));
    expect([...samplerOptionNames].sort()).toEqual([...new Set(every)].sort());
  });

  it.each<[string, () => unknown]>([
    ['temperature −1', () => temperature(-1)],
    ['temperature NaN', () => temperature(Number.NaN)],
    ['topK 0', () => topK(0)],
    ['topK 1.5', () => topK(1.5)],
    ['topP 0', () => topP(0)],
    ['topP 1.1', () => topP(1.1)],
    ['typicalP NaN', () => typicalP(Number.NaN)],
    ['minP −0.1', () => minP(-0.1)],
    ['repetitionPenalty 0', () => penalties({ repetitionPenalty: 0 })],
    ['frequencyPenalty NaN', () => penalties({ frequencyPenalty: Number.NaN })],
    ['presencePenalty ∞', () => penalties({ presencePenalty: Infinity })],
    ['penaltyLastN 0', () => penalties({ penaltyLastN: 0 })],
    ['logitBias ∞', () => logitBias({ 1: Infinity })],
    ['logitBias of id −1', () => logitBias({ [-1]: 1 })],
    ['bannedTokens 1.5', () => sampler({ bannedTokens: [1.5] })],
  ])('refuse %s', (_name, make) => {
    expect(make).toThrowError(expect.objectContaining({ code: 'sample/invalid-option' }));
  });
});
