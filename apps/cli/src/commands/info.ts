import { flopsPerToken, parameterCount } from '@tinyllm/model';
import { Command } from 'commander';
import { print, table } from '../output';
import { openCheckpoint, type TrainerState } from '../run-folder';

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
      const flops = flopsPerToken(model);
      if (json)
        return print(
          JSON.stringify(
            { checkpoint: folder, ...model, parameters, flopsPerToken: flops, trainer },
            null,
            2,
          ),
        );
      print(
        table([
          ['checkpoint', folder],
          ['architecture', model.architecture],
          ...Object.entries(model.config).map(([field, value]) => [`  ${field}`, String(value)] as const),
          [
            'parameters',
            `${count(parameters.total)}, of which ${count(parameters.embeddings)} in embeddings`,
          ],
          [
            'cost of a token',
            `${megaflops(flops.forward)} to read, ${megaflops(flops.training)} to train on`,
          ],
          ['tokenizer', `${tokenizer.toJSON().type}, ${tokenizer.vocabSize} tokens`],
          ...(trainer ? training(trainer) : []),
        ]),
      );
    });
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

function megaflops(operations: number): string {
  return `${count(Math.round(operations / 1e6))} MFLOP`;
}

function count(n: number): string {
  return n.toLocaleString('en');
}
