import { TinyllmError } from '@tinyllm/common';
import { type BackendName, type RunningBackend, useBackend } from '@tinyllm/compute';
import { randomWindows } from '@tinyllm/data';
import { createBigram, createGPT, type Model, parameterCount } from '@tinyllm/model';
import {
  adamw,
  type Recipe,
  recipes,
  type TrainEvent,
  train,
  trainingMemory,
  warmupCosine,
} from '@tinyllm/train';
import { Command } from 'commander';
import { type Corpus, loadCorpus } from '../corpus';
import { addRecipeFlags, backendFlag, type Overrides, overrideRecipe } from '../flags';
import { mebibytes, print, table } from '../output';
import { createRun } from '../run-folder';
import { TrainingReport } from '../training-report';
import { version } from '../version';

interface TrainFlags extends Overrides {
  readonly recipe: string;
  readonly data?: string;
  readonly name?: string;
  readonly backend?: BackendName;
  readonly json?: boolean;
}

/** `tinyllm train`: trains a recipe into a folder of runs/. */
export function trainCommand(): Command {
  const names = recipes.map(({ name, description }) => `  ${name.padEnd(22)}${description}`).join('\n');
  const command = new Command('train')
    .description('Train a model by a recipe; any of its settings can be overridden.')
    .option('--recipe <name>', 'what to train', recipes[0]?.name)
    .option('--data <corpus>', "a corpus by name or path, or a prepared folder; default: the recipe's")
    .option('--name <name>', "folder in runs/; default: the recipe's name")
    .option('--json', 'print one JSON document a line for every event')
    .addOption(backendFlag())
    .addHelpText(
      'after',
      `\nRecipes:\n${names}\n\nExamples:\n  tinyllm train\n  tinyllm train --recipe bigram --data input.txt\n` +
        '  tinyllm train --n-layer 2 --max-iters 100',
    )
    .action(runTraining);
  addRecipeFlags(command);
  return command;
}

async function runTraining({
  recipe: name,
  data: corpusName,
  name: runName,
  backend,
  json,
  ...given
}: TrainFlags): Promise<void> {
  const recipe = overrideRecipe(findRecipe(name), given);
  const { training } = recipe;
  const schedule = warmupCosine(training); // before anything slow, so that a bad setting is refused at once
  const corpus = await loadCorpus(recipe, corpusName, { json: json === true });
  const data = {
    train: randomWindows(corpus.train, training),
    validation: randomWindows(corpus.validation, training),
  };
  const running = await useBackend(backend);
  const model = createModelOf(recipe, corpus);
  const run = await createRun(runName ?? recipe.name, {
    ...recipe,
    model: { architecture: recipe.model.architecture, ...model.config },
    data: corpus.description,
    backend: running,
    versions: { tinyllm: version, node: process.version },
  });
  if (!json) print(overview(recipe, corpus, model, running, run));

  const abort = new AbortController();
  const interrupt = (): void => abort.abort();
  process.once('SIGINT', interrupt); // the second Ctrl-C finds no handler and ends the process
  process.once('SIGTERM', interrupt);
  const report = new TrainingReport({ recipe, corpus, model, run, json: json === true });
  const events: AsyncIterable<TrainEvent> = train(model, {
    ...training,
    data,
    schedule,
    optimizer: adamw(training),
    signal: abort.signal,
  });
  for await (const event of events) await report.tell(event);
  process.off('SIGINT', interrupt);
  process.off('SIGTERM', interrupt);
}

function findRecipe(name: string): Recipe {
  const recipe = recipes.find((candidate) => candidate.name === name);
  if (recipe === undefined) {
    throw new TinyllmError(
      'cli/unknown-recipe',
      `There is no recipe "${name}". Choose one of ${recipes.map((candidate) => candidate.name).join(', ')}.`,
    );
  }
  return recipe;
}

function createModelOf({ model, training }: Recipe, { tokenizer }: Corpus): Model {
  const { vocabSize } = tokenizer;
  const { seed, blockSize } = training;
  if (model.architecture === 'bigram') return createBigram({ vocabSize }, { seed });
  const { architecture: _, ...shape } = model;
  return createGPT({ ...shape, vocabSize, blockSize }, { seed });
}

function overview(
  recipe: Recipe,
  corpus: Corpus,
  model: Model,
  backend: RunningBackend,
  run: string,
): string {
  const { batchSize, blockSize, maxIters, gradientAccumulationSteps } = recipe.training;
  const count = (n: number): string => n.toLocaleString('en');
  const shape =
    recipe.model.architecture === 'gpt'
      ? `, ${recipe.model.nLayer} layers, ${recipe.model.nHead} heads, ${recipe.model.nEmbd} wide`
      : '';
  const rows: [string, string][] = [
    ['recipe', `${recipe.name}: ${recipe.description}`],
    [
      'data',
      `${corpus.description}: ${count(corpus.train.length)} tokens to train, ${count(corpus.validation.length)} to validate`,
    ],
    ['tokens', `${corpus.tokenizer.vocabSize} (${corpus.tokenizer.toJSON().type})`],
    ['model', `${model.architecture}${shape}: ${count(parameterCount(model).total)} parameters`],
    [
      'training',
      `${count(maxIters)} steps of ${count(batchSize * blockSize * gradientAccumulationSteps)} tokens`,
    ],
    ['backend', `${backend.name} (${backend.detail})`],
    ...memoryOf(recipe, model, backend),
    ['run', run],
    [
      'chance',
      `loss ${Math.log(corpus.tokenizer.vocabSize).toFixed(4)}, that of a model which knows nothing`,
    ],
  ];
  if (corpus.entropy !== undefined) {
    rows.push([
      'floor',
      `loss ${corpus.entropy.toFixed(4)}, the entropy of the text, which no model can pass`,
    ]);
  }
  return `${table(rows)}\n`;
}

/** What training will take, where it is known. */
function memoryOf({ training }: Recipe, model: Model, { name }: RunningBackend): [string, string][] {
  if (model.architecture !== 'gpt' || name !== 'wasm') return [];
  return [['memory', `about ${mebibytes(trainingMemory(model.config, training))}`]];
}
