import { flopsPerToken, parameterCount } from '@tinyllm/model';
import { trainingMemory } from '@tinyllm/train';
import { Command } from 'commander';
import { count as countFlag } from '../flags';
import { mebibytes, print, table } from '../output';
import { openCheckpoint, type TrainerState } from '../run-folder';

/** `tinyllm info`: what a checkpoint is. */
export function infoCommand(): Command {
  return new Command('info')
    .description('Show what a checkpoint is: its architecture, size, tokenizer and training.')
    .argument('[checkpoint]', 'folder of a run or a checkpoint; default: the newest run')
    .option('--batch-size <n>', 'windows at once, for the memory of training', countFlag, 8)
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  tinyllm info runs/stories-nano')
    .action(async (path: string | undefined, { json, batchSize }: { json?: boolean; batchSize: number }) => {
      const { config: model, tokenizer, trainer, path: folder } = await openCheckpoint(path);
      const parameters = parameterCount(model);
      const flops = flopsPerToken(model);
      const memory = model.architecture === 'gpt' ? trainingMemory(model.config, { batchSize }) : undefined;
      if (json)
        return print(
          JSON.stringify(
            {
              checkpoint: folder,
              ...model,
              parameters,
              flopsPerToken: flops,
              trainingMemory: memory,
              trainer,
            },
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
          ...(memory === undefined
            ? []
            : [['memory of training', `${mebibytes(memory)} on wasm at batch size ${batchSize}`] as const]),
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
