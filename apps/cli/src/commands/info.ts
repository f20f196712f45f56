import { parameterCount } from '@tinyllm/model';
import { Command } from 'commander';
import { print, table } from '../output';
import { openCheckpoint } from '../run-folder';

/** `tinyllm info`: what a checkpoint is. */
export function infoCommand(): Command {
  return new Command('info')
    .description('Show what a checkpoint is: its architecture, size, tokenizer and training.')
    .argument('[checkpoint]', 'folder of a run or a checkpoint; default: the newest run')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  tinyllm info runs/stories-nano')
    .action(async (path: string | undefined, { json }: { json?: boolean }) => {
      const { config: model, tokenizer, trainer, path: folder } = await openCheckpoint(path);
      const parameters = parameterCount(model);
      if (json) return print(JSON.stringify({ checkpoint: folder, ...model, parameters, trainer }, null, 2));
      const perplexity = Math.exp(trainer.validationLoss).toFixed(2);
      print(
        table([
          ['checkpoint', folder],
          ['architecture', model.architecture],
          ...Object.entries(model.config).map(([field, value]) => [`  ${field}`, String(value)] as const),
          [
            'parameters',
            `${count(parameters.total)}, of which ${count(parameters.embeddings)} in embeddings`,
          ],
          ['tokenizer', `${tokenizer.toJSON().type}, ${tokenizer.vocabSize} tokens`],
          ['recipe', trainer.recipe],
          ['trained', `${count(trainer.step)} steps, ${count(trainer.tokensSeen)} tokens`],
          ['train loss', trainer.trainLoss.toFixed(4)],
          ['validation loss', `${trainer.validationLoss.toFixed(4)}, perplexity ${perplexity}`],
        ]),
      );
    });
}

function count(n: number): string {
  return n.toLocaleString('en');
}
