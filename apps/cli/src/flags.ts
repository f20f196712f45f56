import { TinyllmError } from '@tinyllm/common';
import { precisions } from '@tinyllm/compute';
import { type GPTRecipeModel, type Recipe, recipes, schedules, type TrainingRecipe } from '@tinyllm/train';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { isName } from './names';

/** Training settings that flags override, and what they mean. */
const trainingFlags: Readonly<Record<keyof TrainingRecipe, string>> = {
  blockSize: 'tokens in a window',
  batchSize: 'windows in a batch',
  gradientAccumulationSteps: 'batches averaged into one step',
  withinDocuments: 'whether rows end where their document does, the rest masked: true or false',
  maxIters: 'steps; the learning rate then decays over as many, unless --lr-decay-iters says otherwise',
  precision:
    'mixed takes half precision where it is enough, on webgpu with shader-f16, or bfloat16 on tensorflow',
  schedule: 'how the learning rate goes after its warm-up; wsd is warm-up, stable, decay',
  learningRate: 'the peak of the learning rate',
  minLearningRate: 'the floor of the learning rate',
  warmupIters: 'steps of linear warm-up',
  lrDecayIters: 'steps after which the learning rate is at its floor',
  beta1: "AdamW's memory of gradients",
  beta2: "AdamW's memory of squared gradients",
  weightDecay: 'decay of matrices and embeddings',
  gradClip: 'the longest gradient norm, 0 for any',
  evalInterval: 'steps between evaluations',
  evalIters: 'batches of each split in an evaluation',
  epochIters: 'steps of an epoch, after each of which comes a row of losses; a multiple of --eval-interval',
  logInterval: 'steps between two lines of metrics',
  seed: 'of the initialization, the batches and dropout',
};

type ModelField = Exclude<keyof GPTRecipeModel, 'architecture'>;

const modelFlags: Readonly<Record<ModelField, string>> = {
  nLayer: 'blocks',
  nHead: 'attention heads in a block',
  nEmbd: 'width of the embedding, a multiple of --n-head',
  nKvHead: 'heads of keys and values, a divisor of --n-head; default: as many',
  nInner: 'width inside the MLP; default: 4 times --n-embd, with swiglu 8/3 times',
  dropout: 'probability of dropping a value while training',
  norm: 'layer as in GPT-2, or rms as in Llama',
  normEpsilon: 'added to the mean square of rms',
  position: 'learned as in GPT-2, or rope as in Llama',
  ropeTheta: 'base of the wavelengths of rope',
  mlp: 'gelu, gelu_tanh as in GPT-2, or swiglu as in Llama',
  bias: 'whether layers have biases: true or false',
  tieEmbeddings: 'whether the head is the token embedding: true or false',
  qkNorm: 'whether queries and keys are normalized: true or false',
};

const choices: Readonly<Record<string, readonly string[]>> = {
  norm: ['layer', 'rms'],
  position: ['learned', 'rope'],
  mlp: ['gelu', 'gelu_tanh', 'swiglu'],
  bias: ['true', 'false'],
  tieEmbeddings: ['true', 'false'],
  qkNorm: ['true', 'false'],
  withinDocuments: ['true', 'false'],
  precision: precisions,
  schedule: Object.keys(schedules),
};

/** Values of the flags that override a recipe; those not given are missing. */
export type Overrides = Partial<Record<keyof TrainingRecipe | ModelField, number | string>>;

/** Adds a flag to `command` for every setting of a recipe. */
export function addRecipeFlags(command: Command): void {
  for (const [field, description] of Object.entries({ ...modelFlags, ...trainingFlags })) {
    const option = new Option(`--${kebab(field)} <${choices[field] ? 'value' : 'number'}>`, description);
    command.addOption(choices[field] ? option.choices(choices[field]) : option.argParser(number));
  }
}

/** The recipe of that name, by default the first. Throws `cli/unknown-recipe`. */
export function findRecipe(name: string | undefined = recipes[0]?.name): Recipe {
  const recipe = recipes.find((candidate) => candidate.name === name);
  if (recipe) return recipe;
  throw new TinyllmError(
    'cli/unknown-recipe',
    `There is no recipe "${name}". Choose one of ${recipes.map((candidate) => candidate.name).join(', ')}.`,
  );
}

/** `recipe` with the flags in `given` in place of its own settings. Throws `cli/flag-does-not-apply`. */
export function overrideRecipe(recipe: Recipe, given: Overrides): Recipe {
  const training: Partial<Record<keyof TrainingRecipe, unknown>> = {};
  const model: Partial<Record<ModelField, unknown>> = {};
  for (const [field, value] of Object.entries(given)) {
    const setting = choices[field]?.includes('true') ? value === 'true' : value;
    if (field in trainingFlags) training[field as keyof TrainingRecipe] = setting;
    else if (field in modelFlags) model[field as ModelField] = setting;
  }
  const misplaced = Object.keys(model)[0];
  if (recipe.model.architecture === 'bigram' && misplaced !== undefined) {
    throw new TinyllmError(
      'cli/flag-does-not-apply',
      `--${kebab(misplaced)} does not apply to ${recipe.name}: a bigram is one table. Leave it out, or choose another --recipe.`,
    );
  }
  if (training.maxIters !== undefined) training.lrDecayIters ??= training.maxIters;
  return {
    ...recipe,
    model: { ...recipe.model, ...model } as Recipe['model'],
    training: { ...recipe.training, ...training } as TrainingRecipe,
  };
}

/** Reads a time such as 90s, 45m or 1.5h from the command line, as seconds. */
export function time(text: string): number {
  const [, value, unit] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? [];
  if (value === undefined) throw new InvalidArgumentError('It must be a time such as 90s, 45m or 1.5h.');
  return Number(value) * { s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h'];
}

const units = { KB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;

/** Reads a size such as 200MB or 1.5GiB from the command line, as bytes. */
export function size(text: string): number {
  const [, value, unit] = /^(\d+(?:\.\d+)?)([KMG]i?B)$/.exec(text) ?? [];
  const bytes = Math.floor(Number(value) * units[unit as keyof typeof units]);
  if (!(bytes >= 1)) throw new InvalidArgumentError('It must be a size such as 200MB, 5GB or 512MiB.');
  return bytes;
}

/** Reads a number from the command line. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

/** Reads a positive integer from the command line. */
export function positive(text: string): number {
  const value = number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a positive integer.');
  return value;
}

/** Reads the name of a folder in runs/ from the command line. */
export function folderName(text: string): string {
  if (!isName(text))
    throw new InvalidArgumentError('It must be one name, without / \\ : and no dot before it.');
  return text;
}

/** nLayer → n-layer */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
