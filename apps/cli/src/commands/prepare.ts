import { basename, extname, join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { endOfText } from '@tinyllm/data';
import {
  corpora,
  mergePrepared,
  openCorpus,
  type PrepareResult,
  prepare,
  type TextCorpus,
} from '@tinyllm/data/node';
import type { Tokenizer } from '@tinyllm/tokenizers';
import { Command, InvalidArgumentError, Option } from 'commander';
import { number } from '../flags';
import { count, print, program, table } from '../output';
import { Progress } from '../progress';
import { chooseTokenizer, openTokenizer, saveTokenizer } from '../tokenizer-choice';

interface PrepareFlags {
  readonly out?: string;
  readonly tokenizer: string;
  readonly vocabSize: number;
  readonly validationFraction: number;
  readonly part?: { readonly number: number; readonly of: number };
  readonly merge?: readonly string[];
  readonly threads?: number;
  readonly json?: boolean;
}

/** `tinyllm prepare`: turns a corpus into token files. */
export function prepareCommand(): Command {
  const names = corpora.map(
    ({ name, title, train }) => `  ${name.padEnd(16)}${title}, ${Math.ceil(train.size / 1e6)} MB`,
  );
  return new Command('prepare')
    .description('Turn a corpus into files of token ids to train on, once; killed, it goes on where it was.')
    .argument('[corpus]', 'a name, or a text, JSONL or Parquet file, or a folder or "glob" of them')
    .option('--out <folder>', 'for train.bin, val.bin, meta.json; default: data/<corpus>')
    .option(
      '--tokenizer <name>',
      'gpt2, characters, bpe (trained on the corpus), or a tokenizer.json',
      'gpt2',
    )
    .option('--vocab-size <number>', 'entries of a bpe', number, 10_000)
    .option('--validation-fraction <number>', 'kept where the corpus has no validation text', number, 0.1)
    .option('--part <n/of>', 'only this part, say 2/4: other machines do the others', part)
    .addOption(
      new Option(
        '--merge <folders...>',
        'puts all parts together, to the bytes of one preparation',
      ).conflicts('part'),
    )
    .option('--threads <number>', 'that encode at once; default: all of the machine', number)
    .option('--json', 'print one JSON document a line')
    .addHelpText(
      'after',
      `\nCorpora:\n  ${'stories'.padEnd(16)}the built-in grammar, no download\n${names.join('\n')}\n\n` +
        'Examples:\n  tinyllm prepare stories --tokenizer bpe --vocab-size 512\n' +
        '  tinyllm train --data data/stories\n  tinyllm prepare "books/**/*.txt" --out data/books\n' +
        '  tinyllm prepare "books/**/*.txt" --part 1/2 --out data/books-1\n' +
        '  tinyllm prepare "books/**/*.txt" --part 2/2 --out data/books-2\n' +
        '  tinyllm prepare --merge data/books-1 data/books-2 --out data/all-books',
    )
    .action(runPrepare);
}

async function runPrepare(name: string | undefined, flags: PrepareFlags): Promise<void> {
  if (flags.merge !== undefined) return merge(name, flags.merge, flags);
  if (name === undefined)
    throw new TinyllmError(
      'cli/missing-argument',
      "missing required argument 'corpus': name one to prepare, or the parts to --merge.",
    );
  const { json = false, validationFraction, threads, tokenizer: choice, vocabSize } = flags;
  const out = flags.out ?? join('data', defaultName(name));
  const abort = new AbortController();
  const interrupt = (): void =>
    abort.abort(
      new TinyllmError('prepare/stopped', 'Stopped. Run the same command again: it goes on where it was.'),
    );
  process.once('SIGINT', interrupt); // the second Ctrl-C finds no handler and ends the process
  const progress = new Progress({ json });
  const start = performance.now();
  try {
    const corpus = await openCorpus(name, { onProgress: progress.tell, signal: abort.signal });
    const tokenizer = await chooseTokenizer(
      corpus,
      { tokenizer: choice, vocabSize, validationFraction },
      out,
    );
    const result = await prepare(corpus, {
      out,
      encoder: encoderOf(tokenizer),
      validationFraction,
      ...(threads === undefined ? {} : { threads }),
      ...(flags.part === undefined ? {} : { part: flags.part }),
      onProgress: progress.tell,
      signal: abort.signal,
    });
    await saveTokenizer(tokenizer, out);
    progress.done();
    if (json) print(JSON.stringify({ type: 'prepared', folder: out, reused: result.reused, ...result.meta }));
    else print(summary(corpus, result, out, (performance.now() - start) / 1000));
  } finally {
    progress.done();
    process.off('SIGINT', interrupt);
  }
}

async function merge(
  name: string | undefined,
  folders: readonly string[],
  { out, json }: PrepareFlags,
): Promise<void> {
  if (name !== undefined || out === undefined) {
    const wrong = name === undefined ? 'where to with --out' : `no corpus, but there is ${name}`;
    throw new TinyllmError('cli/bad-merge', `--merge takes the folders of all parts: say ${wrong}.`);
  }
  const tokenizer = await openTokenizer(join(folders[0] as string, 'tokenizer.json'));
  const { meta, reused } = await mergePrepared(folders, out);
  await saveTokenizer(tokenizer, out);
  if (json) return print(JSON.stringify({ type: 'prepared', folder: out, reused, ...meta }));
  const counts = `${count(meta.train.tokens)} tokens to train on, ${count(meta.validation.tokens)} to validate`;
  print(
    `Put ${folders.length} parts together: ${counts}.\n\nTrain on it with:  ${program} train --data ${out}`,
  );
}

/** How threads make the tokenizer. */
function encoderOf(tokenizer: Tokenizer): Parameters<typeof prepare>[1]['encoder'] {
  const options = tokenizer.toJSON();
  const separator = tokenizer.specialTokens[endOfText];
  return {
    module: new URL('./encoder.js', import.meta.url),
    options,
    name: options.type,
    vocabSize: tokenizer.vocabSize,
    ...(separator === undefined ? {} : { separator }),
  };
}

function summary(corpus: TextCorpus, { meta, reused }: PrepareResult, out: string, seconds: number): string {
  const { train, validation, vocabSize, tokenizer, dtype } = meta;
  const size = corpus.train.size + (corpus.validation?.size ?? 0);
  const counts = ({ tokens, documents }: typeof train): string =>
    `${count(tokens)} tokens${corpus.running ? '' : ` of ${count(documents)} documents`}`;
  const rows: [string, string][] = [
    ['corpus', corpus.name],
    ['tokens', `${count(vocabSize)} (${tokenizer.name}), ${dtype}`],
    ['train', counts(train)],
    ['validation', counts(validation)],
    [
      'time',
      reused
        ? 'none: it was there already'
        : `${seconds.toFixed(1)} s, ${(size / 1e6 / seconds).toFixed(1)} MB/s`,
    ],
  ];
  return `${table(rows)}\n\nTrain on it with:  ${program} train --data ${out}`;
}

/** Reads a part such as 2/4 from the command line. */
function part(text: string): { readonly number: number; readonly of: number } {
  const [, number, of] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
  if (number === undefined || of === undefined || number < 1 || number > of)
    throw new InvalidArgumentError('It must be a part such as 2/4, the second of four.');
  return { number, of };
}

/** What a folder for the corpus `name` is called: the last part of a path, without what a path may have. */
function defaultName(name: string): string {
  const last = basename(name, extname(name)).replace(/[^\p{L}\p{N}._-]+/gu, '-');
  return last.replace(/^[-.]+|[-.]+$/g, '') || 'corpus';
}
