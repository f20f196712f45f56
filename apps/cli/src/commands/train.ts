import { recipes, scaleRecipe } from '@tinyllm/train';
import { Command } from 'commander';
import { addBackendFlags } from '../backend';
import {
  addRecipeFlags,
  findRecipe,
  folderName,
  number,
  type Overrides,
  overrideRecipe,
  positive,
  time,
} from '../flags';
import { findResumed } from '../resume';
import type { TrainingFlags } from '../run-setup';
import { runTraining } from '../training';

type TrainFlags = Overrides &
  TrainingFlags & {
    readonly recipe?: string;
    readonly scale?: number;
    readonly resume?: string;
  };

/** `tinyllm train`: trains a recipe into a folder of runs/. */
export function trainCommand(): Command {
  const names = recipes.map(({ name, description }) => `  ${name.padEnd(22)}${description}`).join('\n');
  const command = new Command('train')
    .description('Train a model by a recipe; any of its settings can be overridden.')
    .option('--recipe <name>', `what to train (default: "${recipes[0]?.name}", with --resume the run's own)`)
    .option('--scale <number>', 'so many times the steps, in the same shape, say 0.01', number)
    .option('--data <corpus>', "a corpus by name or path, or a prepared folder; default: the recipe's")
    .option('--data-license <name>', 'licence of your texts, for the model card, say cc-by-4.0')
    .option('--name <name>', "folder in runs/; default: the recipe's name", folderName)
    .option(
      '--resume <run>',
      'go on with a run, by its folder or that of a checkpoint, or auto: the newest if any',
    )
    .option('--checkpoint-interval <number>', 'steps between checkpoints; default: one an evaluation', number)
    .option('--keep <number>', 'newest checkpoints to keep, besides the best', positive, 2)
    .option(
      '--max-time <time>',
      'end after so long, say 90s, 45m or 1.5h, with a checkpoint to go on from',
      time,
    )
    .option('--max-tokens <number>', 'end after so many tokens', number)
    .option('--target-loss <number>', 'end when an evaluation is at this loss', number)
    .option('--patience <number>', 'end after so many evaluations without a better one', number)
    .option('--skip-bad-steps', 'leave out steps whose loss is not a number or explodes, and count them')
    .option('--chart', 'draw the loss above the line that shows progress')
    .option('--json', 'print one JSON document a line for every event')
    .addHelpText(
      'after',
      `\nRecipes:\n${names}\n\nExamples:\n  tinyllm train\n  tinyllm train --recipe bigram --data input.txt\n` +
        '  tinyllm train --n-layer 2 --max-iters 100\n  tinyllm train --resume auto',
    )
    .action(train);
  addBackendFlags(command);
  addRecipeFlags(command);
  return command;
}

async function train({ recipe: name, scale, resume: target, ...given }: TrainFlags): Promise<void> {
  const resumed =
    target === undefined ? undefined : await findResumed(target, { name: given.name, recipe: name });
  const before = resumed?.config.recipe;
  if (before && scale === undefined && (name ?? before.name) === before.name) {
    const { lrDecayIters } = before.training; // more steps do not change how a run that goes on decays
    return runTraining(overrideRecipe(before, { lrDecayIters, ...given }), given, resumed);
  }
  const recipe = findRecipe(name ?? before?.name);
  const scaled = scale === undefined ? recipe : scaleRecipe(recipe, scale);
  return runTraining(overrideRecipe(scaled, given), given, resumed);
}
