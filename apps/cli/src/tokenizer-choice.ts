/** The tokenizer that a corpus is prepared with. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { endOfText } from '@tinyllm/data';
import { jsonHash, planSplit, readText, splitPieces, type TextCorpus } from '@tinyllm/data/node';
import { CharTokenizer, fromHuggingFace, type Tokenizer, tokenizerFromJSON } from '@tinyllm/tokenizers';
import { trainBpe } from '@tinyllm/tokenizers/node';

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
  await writeFile(`${notePath}.tmp`, JSON.stringify({ key, tokenizer }));
  await rename(`${notePath}.tmp`, notePath);
  return tokenizer;
}

/** Saves the tokenizer as `tokenizer.json` in the folder `out`, which is made where it is missing. */
export async function saveTokenizer(tokenizer: Tokenizer, out: string): Promise<void> {
  await mkdir(out, { recursive: true });
  const path = join(out, 'tokenizer.json');
  await writeFile(`${path}.tmp`, `${JSON.stringify(tokenizer)}\n`);
  await rename(`${path}.tmp`, path);
}

/** The tokenizer of `choice`, made anew. Throws `cli/unknown-tokenizer` and `tokenizer/…`. */
export async function makeTokenizer(corpus: TextCorpus, choice: TokenizerChoice): Promise<Tokenizer> {
  const specialTokens = corpus.running ? [] : [endOfText];
  switch (choice.tokenizer) {
    case 'gpt2':
      return (await import('@tinyllm/tokenizers/gpt2')).gpt2();
    case 'characters':
      return new CharTokenizer(await charactersOf(corpus), { specialTokens });
    case 'bpe':
      return trainBpe(trainingTexts(corpus, choice.validationFraction), {
        vocabSize: choice.vocabSize,
        specialTokens,
      });
    default:
      return readTokenizer(choice.tokenizer);
  }
}

/** Every character of `corpus`, validation text too: a character tokenizer can read no others. */
async function charactersOf({ train, validation }: TextCorpus): Promise<string> {
  const characters = new Set<string>();
  for (const source of validation === undefined ? [train] : [train, validation]) {
    for await (const { text } of source.pieces()) for (const character of text) characters.add(character);
  }
  const codePoint = (character: string): number => character.codePointAt(0) ?? 0;
  return [...characters].sort((a, b) => codePoint(a) - codePoint(b)).join('');
}

/** The texts of `corpus` that are trained on: a tokenizer must not learn from those kept for validation. */
async function* trainingTexts(corpus: TextCorpus, validationFraction: number): AsyncGenerator<string, void> {
  const plan = await planSplit(corpus, validationFraction);
  for await (const { split, text } of splitPieces(corpus, plan)) {
    if (split === 'validation') return;
    yield text;
  }
}

/** The tokenizer in a tokenizer.json of ours or of Hugging Face. Throws `cli/unknown-tokenizer` and `tokenizer/…`. */
export async function readTokenizer(path: string): Promise<Tokenizer> {
  if (!/[./\\]/.test(path)) {
    throw new TinyllmError(
      'cli/unknown-tokenizer',
      `There is no tokenizer "${path}". Choose gpt2, characters, bpe, or the path of a tokenizer.json.`,
    );
  }
  const json = parse(await readText(path), path);
  const isHuggingFace = typeof json === 'object' && json !== null && 'model' in json;
  return isHuggingFace ? fromHuggingFace(json) : tokenizerFromJSON(json);
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TinyllmError(
      'tokenizer/invalid-json',
      `${path} is not JSON: ${(cause as Error).message}. Give the path of a tokenizer.json.`,
      { cause },
    );
  }
}
