import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { builtInStories, endOfText, type Split, storyStatistics, type TokenIds } from '@tinyllm/data';
import {
  corpusLicense,
  jsonHash,
  openCorpus,
  openPrepared,
  planSplit,
  readText,
  splitPieces,
  type TextCorpus,
} from '@tinyllm/data/node';
import { CharTokenizer, type Tokenizer, tokenizerFromJSON } from '@tinyllm/tokenizers';
import { trainBpe } from '@tinyllm/tokenizers/node';
import type { Recipe } from '@tinyllm/train';
import { count, warn } from './output';
import { Progress } from './progress';

/** What a run trains on: token ids of both splits, and the tokenizer that made them. */
export interface Corpus {
  /** In a few words, for people. */
  readonly description: string;
  readonly tokenizer: Tokenizer;
  readonly train: TokenIds;
  readonly validation: TokenIds;
  /** A hash of all that decides the token ids: runs go on with the same only. */
  readonly fingerprint: string;
  /** Nats per token below which no model can get, where it is known. */
  readonly entropy?: number;
  /** Of the texts, where it is known. */
  readonly license?: string;
}

/** Bytes of text that are encoded in memory before every training; more is prepared once. */
const IN_MEMORY = 64e6;

/** The part of a corpus that is kept where it has no validation text. */
const VALIDATION_FRACTION = 0.1;

/**
 * What a recipe trains on: the folder of a preparation, or the corpus, by name or path, that `data` says, else the
 * recipe's own, in the recipe's tokens. Throws `cli/prepare-first`, and what `openCorpus` throws; where the recipe
 * falls back to the built-in stories, that is told on standard error.
 */
export async function loadCorpus(
  recipe: Recipe,
  data: string | undefined,
  { json = false }: { readonly json?: boolean } = {},
): Promise<Corpus> {
  if (data !== undefined && isPrepared(data)) return loadPrepared(data);
  if (data === undefined && recipe.corpus.type === 'stories') return loadStories(recipe, recipe.corpus.count);
  const fallback = data === undefined && recipe.corpus.type === 'named' ? recipe.corpus.fallback : undefined;
  const name = data ?? (recipe.corpus.type === 'named' ? recipe.corpus.name : 'stories');
  const progress = new Progress({ json });
  const corpus = await open(recipe, name, fallback, progress);
  const split = await readSplit(corpus);
  return { description: corpus.name, ...licenseOf(corpus), ...(await encode(recipe, split)) };
}

/** The parts of a corpus that can be evaluated on. */
export const splits = ['validation', 'train', 'all'] as const;
export type SplitName = (typeof splits)[number];

/**
 * Token ids, in those of `tokenizer`, of a part of the corpus `data`: a name, a path, or a prepared folder. Throws
 * `cli/wrong-tokenizer` where another tokenizer prepared it, and what `openCorpus` throws.
 */
export async function loadIds(
  tokenizer: Tokenizer,
  data: string,
  { split: part, json = false }: { readonly split: SplitName; readonly json?: boolean },
): Promise<TokenIds> {
  if (isPrepared(data)) {
    const corpus = await loadPrepared(data);
    if (jsonHash(corpus.tokenizer.toJSON()) !== jsonHash(tokenizer.toJSON())) {
      throw new TinyllmError(
        'cli/wrong-tokenizer',
        `${data} was prepared with another tokenizer than the model's. Give the text itself, or prepare it with the checkpoint's tokenizer.json.`,
      );
    }
    return partOf(corpus, part);
  }
  const progress = new Progress({ json });
  const corpus = await openCorpus(data, { onProgress: progress.tell }).finally(() => progress.done());
  const { train, validation } = await readSplit(corpus);
  return tokenizer.encode({ train, validation, all: train + validation }[part]);
}

/** Token ids of a part of a corpus that is loaded. */
export function partOf(
  { train, validation }: Pick<Corpus, 'train' | 'validation'>,
  part: SplitName,
): TokenIds {
  if (part !== 'all') return { train, validation }[part];
  const border = train.length;
  return {
    length: border + validation.length,
    slice(start, end) {
      const head = train.slice(Math.min(start, border), Math.min(end, border));
      const tail = validation.slice(Math.max(start - border, 0), Math.max(end - border, 0));
      return Int32Array.from([...head, ...tail]);
    },
  };
}

async function open(
  recipe: Recipe,
  name: string,
  fallback: 'stories' | undefined,
  progress: Progress,
): Promise<TextCorpus> {
  const options = { onProgress: progress.tell, ...(fallback === undefined ? {} : { fallback }) };
  const corpus = await openCorpus(name, options).finally(() => progress.done());
  if (corpus.fellBack !== undefined) {
    warn(`${corpus.fellBack.message}\nIN ITS PLACE ${recipe.name} TRAINS ON THE BUILT-IN STORIES.`);
  }
  if (corpus.train.size <= IN_MEMORY) return corpus;
  throw new TinyllmError(
    'cli/prepare-first',
    `${name} has ${Math.round(corpus.train.size / 1e6)} MB, too much to encode anew for every training. ` +
      `Prepare it once, then train on that: tinyllm prepare ${name} --out data/corpus && tinyllm train --data data/corpus`,
  );
}

async function loadStories(recipe: Recipe, stories: number): Promise<Corpus> {
  const split = builtInStories({ stories, seed: recipe.training.seed });
  const encoded = await encode(recipe, split);
  return {
    ...encoded,
    ...licenseOf({ name: 'stories' }),
    description: `${count(stories)} stories of the built-in grammar`,
    entropy: (storyStatistics().entropy * stories) / encoded.train.length,
  };
}

async function encode(recipe: Recipe, split: Split): Promise<Omit<Corpus, 'description'>> {
  const tokenizer = await createTokenizer(recipe, split.train, split.validation);
  const ids = { train: tokenizer.encode(split.train), validation: tokenizer.encode(split.validation) };
  const hash = createHash('sha256').update(jsonHash(tokenizer.toJSON()));
  const fingerprint = hash.update(ids.train).update(ids.validation).digest('hex');
  return { tokenizer, ...ids, fingerprint };
}

/** GPT-2's tokenizer, or one of the training text, with end-of-text as a special token where the text has it. */
async function createTokenizer({ tokenizer }: Recipe, text: string, validation: string): Promise<Tokenizer> {
  const specialTokens = text.includes(endOfText) ? [endOfText] : [];
  if (tokenizer.type === 'gpt2') return (await import('@tinyllm/tokenizers/gpt2')).gpt2();
  if (tokenizer.type === 'characters') return CharTokenizer.fromText(text + validation, { specialTokens });
  return trainBpe([text], { vocabSize: tokenizer.vocabSize, specialTokens });
}

/** The two texts of a corpus, with an end-of-text behind every document. */
async function readSplit(corpus: TextCorpus): Promise<Split> {
  const parts = { train: [] as string[], validation: [] as string[] };
  for await (const { split, text, ends } of splitPieces(
    corpus,
    await planSplit(corpus, VALIDATION_FRACTION),
  )) {
    parts[split].push(text, ends && !corpus.running ? endOfText : '');
  }
  return { train: parts.train.join(''), validation: parts.validation.join('') };
}

/** Whether `path` is a folder that `prepare` made. */
export function isPrepared(path: string): boolean {
  return existsSync(join(path, 'meta.json'));
}

/** Throws `cli/wrong-tokenizer` when the tokenizer beside the token files is not the one that made them. */
async function loadPrepared(folder: string): Promise<Corpus> {
  const { meta, train, validation } = await openPrepared(folder); // open until the process ends
  const path = join(folder, 'tokenizer.json');
  const tokenizer = tokenizerFromJSON(JSON.parse(await readText(path)));
  if (jsonHash(tokenizer.toJSON()) !== meta.tokenizer.sha256) {
    throw new TinyllmError(
      'cli/wrong-tokenizer',
      `${path} is not the tokenizer that made the token files beside it. Prepare ${meta.source.name} again.`,
    );
  }
  const description = `${meta.source.name} (${folder})`;
  return {
    description,
    ...licenseOf(meta.source),
    tokenizer,
    train,
    validation,
    fingerprint: jsonHash(meta),
  };
}

function licenseOf({ name }: { readonly name: string }): Pick<Corpus, 'license'> {
  const license = corpusLicense(name);
  return license === undefined ? {} : { license };
}
