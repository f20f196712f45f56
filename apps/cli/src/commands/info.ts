import { TinyllmError } from '@tinyllm/common';
import { flopsPerToken, type ModelConfig, parameterCount, presets } from '@tinyllm/model';
import type { Recipe } from '@tinyllm/train';
import { Command } from 'commander';
import { loadCorpus } from '../corpus';
import { addRecipeFlags, findRecipe, kebab, type Overrides, overrideRecipe } from '../flags';
import { type BatchShape, costRows, memoryOfTraining, memoryRows } from '../model-cost';
import { count, print, table } from '../output';
import { openCheckpoint, type TrainerState } from '../run-folder';
import { modelConfigOf } from '../run-setup';

interface InfoFlags extends Overrides {
  readonly recipe?: string;
  readonly data?: string;
  readonly json?: boolean;
}

/** What is told of a model, made or not. */
interface Told {
  readonly checkpoint?: string;
  readonly model: ModelConfig;
  readonly tokenizer: string;
  readonly vocabSize: number;
  readonly batch: BatchShape;
  readonly trainer?: TrainerState;
}

/** Windows at once where nothing says how many. */
const BATCH_SIZE = 8;

/** `tinyllm info`: what a checkpoint is, or what a recipe would cost. */
export function infoCommand(): Command {
  const command = new Command('info')
    .description('Show what a checkpoint is, or before training what a recipe makes: its size and its cost.')
    .argument('[checkpoint]', 'folder of a run or a checkpoint; default: the newest run')
    .option(
      '--recipe <name>',
      'what would be trained, with any of its settings below, in place of a checkpoint',
    )
    .option('--data <corpus>', 'that it would be trained on, where its tokenizer depends on that')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  tinyllm info runs/stories-nano --batch-size 16\n  tinyllm info --recipe stories-nano --n-layer 8',
    )
    .action(info);
  addRecipeFlags(command);
  return command;
}

async function info(path: string | undefined, { recipe, data, json, ...given }: InfoFlags): Promise<void> {
  const told =
    recipe === undefined
      ? await ofCheckpoint(path, given)
      : await ofRecipe(overrideRecipe(findRecipe(recipe), given), data, json === true);
  const { checkpoint, model, tokenizer, vocabSize, batch, trainer } = told;
  if (json) {
    const document = {
      checkpoint,
      ...model,
      parameters: parameterCount(model),
      flopsPerToken: flopsPerToken(model),
      trainingMemory: memoryOfTraining(model, batch),
      trainer,
    };
    return print(JSON.stringify(document, null, 2));
  }
  print(
    table([
      ...(checkpoint === undefined ? [] : [['checkpoint', checkpoint] as const]),
      ['architecture', model.architecture],
      ...Object.entries(model.config).map(([field, value]) => [`  ${field}`, String(value)] as const),
      ...costRows(model),
      ...memoryRows(model, batch),
      ['tokenizer', `${tokenizer}, ${count(vocabSize)} tokens`],
      ...(trainer ? training(trainer) : []),
    ]),
  );
}

async function ofCheckpoint(
  path: string | undefined,
  { batchSize = BATCH_SIZE, ...others }: Overrides,
): Promise<Told> {
  const misplaced = Object.keys(others)[0];
  if (misplaced !== undefined) {
    throw new TinyllmError(
      'cli/flag-does-not-apply',
      `--${kebab(misplaced)} does not apply to a checkpoint, which is what it is. Leave it out, or give a --recipe.`,
    );
  }
  const { config: model, tokenizer, trainer, path: checkpoint } = await openCheckpoint(path);
  return {
    checkpoint,
    model,
    tokenizer: tokenizer.toJSON().type,
    vocabSize: tokenizer.vocabSize,
    batch: { batchSize: checkBatchSize(batchSize) },
    ...(trainer ? { trainer } : {}),
  };
}

async function ofRecipe(recipe: Recipe, data: string | undefined, json: boolean): Promise<Told> {
  checkBatchSize(recipe.training.batchSize);
  const { tokenizer, vocabSize } = await tokensOf(recipe, data, json);
  return { model: modelConfigOf(recipe, vocabSize), tokenizer, vocabSize, batch: recipe.training };
}

/** The tokenizer's type and size: those of the recipe, unless the text decides. */
async function tokensOf(
  recipe: Recipe,
  data: string | undefined,
  json: boolean,
): Promise<{ tokenizer: string; vocabSize: number }> {
  const { tokenizer } = recipe;
  if (data === undefined && tokenizer.type === 'bpe')
    return { tokenizer: 'bpe', vocabSize: tokenizer.vocabSize };
  if (data === undefined && tokenizer.type === 'gpt2')
    return { tokenizer: 'bpe', vocabSize: presets.gpt2.vocabSize };
  const corpus = await loadCorpus(recipe, data, { json });
  return { tokenizer: corpus.tokenizer.toJSON().type, vocabSize: corpus.tokenizer.vocabSize };
}

function checkBatchSize(batchSize: unknown): number {
  if (Number.isSafeInteger(batchSize) && (batchSize as number) >= 1) return batchSize as number;
  throw new TinyllmError(
    'config/invalid-field',
    `batchSize must be a positive integer, but is ${batchSize}.`,
  );
}

function training(trainer: TrainerState): [string, string][] {
  const perplexity = Math.exp(trainer.validationLoss).toFixed(2);
  return [
    ['recipe', trainer.recipe],
    ['trained', `${count(trainer.step)} steps, ${count(trainer.tokensSeen)} tokens`],
    ['train loss', trainer.trainLoss.toFixed(4)],
    ['validation loss', `${trainer.validationLoss.toFixed(4)}, perplexity ${perplexity}`],
  ];
}
