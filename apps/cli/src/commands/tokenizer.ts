import { join } from 'node:path';
import { openCorpus } from '@tinyllm/data/node';
import { Command, InvalidArgumentError } from 'commander';
import { number } from '../flags';
import { print, table } from '../output';
import { Progress } from '../progress';
import { makeTokenizer, openTokenizer, saveTokenizer } from '../tokenizer-choice';

/** `tinyllm tokenizer`: trains a tokenizer, and shows what one does. */
export function tokenizerCommand(): Command {
  const command = new Command('tokenizer')
    .description('Train a tokenizer, or show what one makes of a text.')
    .addHelpText(
      'after',
      '\nExamples:\n  tinyllm tokenizer train stories --vocab-size 512\n' +
        '  tinyllm tokenizer encode "Once upon a time" --tokenizer tokenizer.json\n' +
        '  tinyllm tokenizer decode 7454 2402 257 640',
    );
  const which = ['--tokenizer <name>', 'gpt2, or the path of a tokenizer.json', 'gpt2'] as const;
  command
    .command('train')
    .description('Train a byte-level BPE on a corpus.')
    .argument('<corpus>', 'a name, or a text, JSONL or Parquet file, or a folder or "glob" of them')
    .option('--vocab-size <number>', 'entries', number, 10_000)
    .option('--out <folder>', 'where tokenizer.json goes', '.')
    .addHelpText('after', '\nExample:\n  tinyllm tokenizer train stories --vocab-size 512')
    .action(trainTokenizer);
  command
    .command('encode')
    .description('Show the tokens of a text, with their ids.')
    .argument('<text>')
    .option(...which)
    .option('--json', 'print the ids as one JSON document')
    .addHelpText('after', '\nExample:\n  tinyllm tokenizer encode "Once upon a time"')
    .action(encode);
  command
    .command('decode')
    .description('Show the text of token ids.')
    .argument('<id...>', 'ids', ids)
    .option(...which)
    .addHelpText('after', '\nExample:\n  tinyllm tokenizer decode 7454 2402 257 640')
    .action(async (all: number[], { tokenizer }: { tokenizer: string }) =>
      print((await openTokenizer(tokenizer)).decode(all)),
    );
  return command;
}

async function trainTokenizer(
  name: string,
  { vocabSize, out }: { vocabSize: number; out: string },
): Promise<void> {
  const progress = new Progress();
  const corpus = await openCorpus(name, { onProgress: progress.tell }).finally(() => progress.done());
  const choice = { tokenizer: 'bpe', vocabSize, validationFraction: 0.1 };
  const tokenizer = await makeTokenizer(corpus, choice);
  await saveTokenizer(tokenizer, out);
  print(`Wrote ${join(out, 'tokenizer.json')}, ${tokenizer.vocabSize} tokens of ${corpus.name}.`);
}

async function encode(
  text: string,
  { tokenizer, json }: { tokenizer: string; json?: boolean },
): Promise<void> {
  const encoder = await openTokenizer(tokenizer);
  const tokens = [...encoder.encode(text)];
  if (json) return print(JSON.stringify(tokens));
  print(table(tokens.map((id) => [String(id), JSON.stringify(encoder.decode([id]))])));
}

function ids(text: string, before: readonly number[] = []): number[] {
  const id = number(text);
  if (!Number.isSafeInteger(id) || id < 0)
    throw new InvalidArgumentError('An id is a whole number from 0 up.');
  return [...before, id];
}
