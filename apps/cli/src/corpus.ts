import { TinyllmError } from '@tinyllm/common';
import { builtInStories, endOfText, type Split, splitText, storyStatistics } from '@tinyllm/data';
import { readText } from '@tinyllm/data/node';
import { CharTokenizer, type Tokenizer } from '@tinyllm/tokenizers';
import { trainBpe } from '@tinyllm/tokenizers/node';
import type { Recipe } from '@tinyllm/train';

/** What a run trains on: token ids of both splits, and the tokenizer that made them. */
export interface Corpus {
  /** In a few words, for people. */
  readonly description: string;
  readonly tokenizer: Tokenizer;
  readonly train: Int32Array;
  readonly validation: Int32Array;
  /** Nats per token below which no model can get, where it is known. */
  readonly entropy?: number;
}

/**
 * The corpus of a recipe, `file` where one is given and else the recipe's own, in the recipe's tokens.
 * Throws `cli/no-data`, and what `readText` throws.
 */
export async function loadCorpus(recipe: Recipe, file: string | undefined): Promise<Corpus> {
  const { split, description } = await loadText(recipe, file);
  const tokenizer = await createTokenizer(recipe, split.train);
  const train = tokenizer.encode(split.train);
  const validation = tokenizer.encode(split.validation);
  const corpus = { description, tokenizer, train, validation };
  if (file !== undefined || recipe.corpus.type !== 'stories') return corpus;
  return { ...corpus, entropy: (storyStatistics().entropy * recipe.corpus.count) / train.length };
}

async function loadText(
  recipe: Recipe,
  file: string | undefined,
): Promise<{ split: Split; description: string }> {
  if (file !== undefined) return { split: splitText(await readText(file)), description: file };
  if (recipe.corpus.type === 'file') {
    throw new TinyllmError(
      'cli/no-data',
      `The recipe ${recipe.name} trains on ${recipe.corpus.hint}. Say where it is: --data input.txt`,
    );
  }
  const { count } = recipe.corpus;
  return {
    split: builtInStories({ stories: count, seed: recipe.training.seed }),
    description: `${count.toLocaleString('en')} stories of the built-in grammar`,
  };
}

/** A tokenizer of the training text, with end-of-text as a special token where the text has it. */
async function createTokenizer({ tokenizer }: Recipe, text: string): Promise<Tokenizer> {
  const specialTokens = text.includes(endOfText) ? [endOfText] : [];
  if (tokenizer.type === 'characters') return CharTokenizer.fromText(text, { specialTokens });
  return trainBpe([text], { vocabSize: tokenizer.vocabSize, specialTokens });
}
