/** The tokenizer that a corpus is prepared with. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { replaceFile } from '@tinyllm/common/disk';
import { endOfText } from '@tinyllm/data';
import { jsonHash, planSplit, splitPieces, type TextCorpus } from '@tinyllm/data/node';
import { CharTokenizer, type Tokenizer, tokenizerFromJSON } from '@tinyllm/tokenizers';
import { trainBpe } from '@tinyllm/tokenizers/node';
import { readTokenizerJSON } from './model-folder';

/** What the user chose: `gpt2`, `characters`, `bpe`, or the path of a tokenizer.json. */
export interface TokenizerChoice {
  readonly tokenizer: string;
  /** Entries of a `bpe`. */
  readonly vocabSize: number;
  readonly validationFraction: number;
}

/**
 * The tokenizer of `choice` for `corpus`. One that is made from the corpus is made once: it is noted in the folder
 * `out`, and taken from there while the corpus and the choice are the same.
 */
export async function chooseTokenizer(
  corpus: TextCorpus,
  choice: TokenizerChoice,
  out: string,
): Promise<Tokenizer> {
  if (choice.tokenizer !== 'characters' && choice.tokenizer !== 'bpe') return makeTokenizer(corpus, choice);
  const notePath = join(out, '.tokenizer.json');
  const key = jsonHash([choice, corpus.train.files, corpus.validation?.files]);
  const noted = JSON.parse(await readFile(notePath, 'utf8').catch(() => 'null'));
  if (noted?.key === key) return tokenizerFromJSON(noted.tokenizer);
  const tokenizer = await makeTokenizer(corpus, choice);
  await mkdir(out, { recursive: true });
  await replaceFile(notePath, JSON.stringify({ key, tokenizer }));
  return tokenizer;
}

/** Saves the tokenizer as `tokenizer.json` in the folder `out`, which is made where it is missing. */
export async function saveTokenizer(tokenizer: Tokenizer, out: string): Promise<void> {
  await mkdir(out, { recursive: true });
  await replaceFile(join(out, 'tokenizer.json'), `${JSON.stringify(tokenizer)}\n`);
}

/** The tokenizer of `choice`, made anew. Throws `cli/unknown-tokenizer` and `tokenizer/…`. */
export async function makeTokenizer(corpus: TextCorpus, choice: TokenizerChoice): Promise<Tokenizer> {
  const specialTokens = corpus.running ? [] : [endOfText];
  switch (choice.tokenizer) {
    case 'characters':
      return CharTokenizer.fromText(await charactersOf(corpus), { specialTokens });
    case 'bpe':
      return trainBpe(trainingTexts(corpus, choice.validationFraction), {
        vocabSize: choice.vocabSize,
        specialTokens,
      });
    default:
      return openTokenizer(choice.tokenizer);
  }
}

/** Every character of `corpus`, validation text too: a character tokenizer can read no others. */
async function charactersOf({ train, validation }: TextCorpus): Promise<string> {
  const characters = new Set<string>();
  for (const source of validation === undefined ? [train] : [train, validation]) {
    for await (const { text } of source.pieces()) for (const character of text) characters.add(character);
  }
  return [...characters].join('');
}

/** The texts of `corpus` that are trained on: a tokenizer must not learn from those kept for validation. */
async function* trainingTexts(corpus: TextCorpus, validationFraction: number): AsyncGenerator<string, void> {
  const plan = await planSplit(corpus, validationFraction);
  for await (const { split, text } of splitPieces(corpus, plan)) {
    if (split === 'validation') return;
    yield text;
  }
}

/** GPT-2's tokenizer by its name, else the one in a tokenizer.json. Throws `cli/unknown-tokenizer` and `tokenizer/…`. */
export async function openTokenizer(name: string): Promise<Tokenizer> {
  if (name === 'gpt2') return (await import('@tinyllm/tokenizers/gpt2')).gpt2();
  if (/[./\\]/.test(name)) return readTokenizerJSON(name);
  throw new TinyllmError(
    'cli/unknown-tokenizer',
    `There is no tokenizer "${name}". Choose gpt2, characters, bpe, or the path of a tokenizer.json.`,
  );
}
