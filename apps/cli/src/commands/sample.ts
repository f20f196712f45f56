import { type BackendName, useBackend } from '@tinyllm/compute';
import { endOfText } from '@tinyllm/data';
import { disposeModel, languageModel, type Model } from '@tinyllm/model';
import { generate, sampler } from '@tinyllm/sample';
import type { Tokenizer } from '@tinyllm/tokenizers';
import { Command } from 'commander';
import { backendFlag, number } from '../flags';
import { firstPrompt } from '../model-folder';
import { print } from '../output';
import { openCheckpoint } from '../run-folder';

interface SampleFlags {
  readonly checkpoint?: string;
  readonly prompt?: string;
  readonly numSamples: number;
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly topK?: number;
  readonly seed: number;
  readonly backend?: BackendName;
}

/** `tinyllm sample`: text from a checkpoint, streamed. */
export function sampleCommand(): Command {
  return new Command('sample')
    .description('Print text from a trained model as it is generated.')
    .option('--checkpoint <folder>', 'of a run or a checkpoint; default: the newest run')
    .option('--prompt <text>', "what to continue; default: the recipe's")
    .option('--num-samples <number>', 'how many texts', number, 1)
    .option('--max-new-tokens <number>', 'the longest text', number, 500)
    .option('--temperature <number>', '0 is greedy, 1 the model as it is', number, 0.8)
    .option('--top-k <number>', 'draw from the k likeliest tokens only', number)
    .option('--seed <number>', 'the same seed, the same text', number, 1337)
    .addOption(backendFlag())
    .addHelpText('after', '\nExample:\n  tinyllm sample --prompt "Once upon a time" --num-samples 3')
    .action(async ({ checkpoint: path, backend, ...flags }: SampleFlags) => {
      const { tokenizer, trainer, load } = await openCheckpoint(path);
      await useBackend(backend);
      const model = await load();
      const prompt = flags.prompt ?? trainer?.prompt ?? firstPrompt(tokenizer);
      for (let i = 0; i < flags.numSamples; i++) {
        if (i > 0) print('\n---\n');
        for await (const text of sampleText(model, tokenizer, prompt, { ...flags, seed: flags.seed + i })) {
          process.stdout.write(text);
        }
        print();
      }
      disposeModel(model);
    });
}

/** One text, prompt first, in pieces; it ends at end-of-text where the tokenizer has it. */
export async function* sampleText(
  model: Model,
  tokenizer: Tokenizer,
  prompt: string,
  flags: Pick<SampleFlags, 'maxNewTokens' | 'temperature' | 'topK' | 'seed'>,
): AsyncGenerator<string> {
  const end = tokenizer.specialTokens[endOfText];
  const { maxNewTokens, seed, temperature, topK } = flags;
  const options = {
    sampler: sampler({ temperature, ...(topK === undefined ? {} : { topK }) }),
    seed,
    maxNewTokens,
    stopTokens: end === undefined ? [] : [end],
  };
  yield Object.keys(tokenizer.specialTokens).reduce((text, token) => text.replaceAll(token, ''), prompt);
  for await (const piece of generate(languageModel(model), tokenizer, prompt, options)) yield piece.text;
}
