import { gptConfig, type PresetName, parameterCount, presets } from '@tinyllm/model';
import { describe, expect, it } from 'vitest';
import { type Recipe, recipes, scaleRecipe, schedules } from './index';

const recipe = (name: string): Recipe => recipes.find((candidate) => candidate.name === name) as Recipe;

describe('recipes', () => {
  it.each(recipes.map(({ name, training }) => [name, training] as const))(
    '%s has a schedule that is accepted and ends when its steps do, on an evaluation',
    (_, training) => {
      const rate = schedules[training.schedule](training);
      expect(Math.max(...[0, training.warmupIters].map(rate))).toBeCloseTo(training.learningRate, 12);
      expect(training.lrDecayIters).toBe(training.maxIters);
      expect(training.maxIters % training.evalInterval).toBe(0);
      expect((training.epochIters ?? 0) % training.evalInterval).toBe(0);
    },
  );

  it.each(recipes.filter(({ model }) => model.architecture === 'gpt').map(({ name }) => name))(
    '%s is the model of the preset of its name',
    (name) => {
      const { tokenizer, training } = recipe(name);
      const { vocabSize, blockSize } = presets[name as PresetName];
      expect(blockSize).toBe(training.blockSize);
      if (tokenizer.type === 'bpe') expect(vocabSize).toBe(tokenizer.vocabSize);
    },
  );

  it('train on as many tokens as their sources', () => {
    const tokens = (name: string) => {
      const { batchSize, blockSize, gradientAccumulationSteps, maxIters } = recipe(name).training;
      return batchSize * blockSize * gradientAccumulationSteps * maxIters;
    };
    expect(tokens('tinystories-10k')).toBe(163_840_000);
    expect(tokens('tinystories-gpt2')).toBe(32 * 128 * 32 * 30_000);
    expect(tokens('shakespeare-char')).toBe(64 * 256 * 5000);
  });

  it("are of nanoGPT's sizes: 10.65 and 0.80 million parameters without positions", () => {
    const count = (name: string) => {
      const { model, training } = recipe(name);
      if (model.architecture !== 'gpt') throw new TypeError(name);
      const { architecture, ...shape } = model;
      const { blockSize } = training;
      const size = { architecture, config: gptConfig({ ...shape, vocabSize: 65, blockSize }) } as const;
      return parameterCount(size).total - blockSize * shape.nEmbd;
    };
    expect((count('shakespeare-char') / 1e6).toFixed(2)).toBe('10.65'); // as nanoGPT prints
    expect((count('shakespeare-char-cpu') / 1e6).toFixed(2)).toBe('0.80');
  });
});

describe('scaleRecipe', () => {
  it('keeps the shape of a run: epochs, warm-up, decay and references where they were in proportion', () => {
    const { training, references } = scaleRecipe(recipe('tinystories-10k'), 0.0033);
    expect(training).toMatchObject({
      evalInterval: 7,
      epochIters: 70,
      maxIters: 140,
      lrDecayIters: 140,
      warmupIters: 4,
      evalIters: 10,
      batchSize: 32,
      learningRate: 1e-3,
    });
    expect(references?.map(({ step }) => step)).toEqual([70, 140]);
  });

  it('can make a run longer, with evaluations as thorough', () => {
    const { training } = scaleRecipe(recipe('shakespeare-char-cpu'), 2);
    expect(training).toMatchObject({ maxIters: 4000, warmupIters: 200, evalInterval: 500, evalIters: 20 });
  });

  it.each([0, -1, Number.NaN])('refuses %d', (scale) => {
    expect(() => scaleRecipe(recipe('bigram'), scale)).toThrowError(/above 0/);
  });
});
