import { TinyllmError } from '@tinyllm/common';
import { builtInStories, endOfText, splitText, storyStatistics } from '@tinyllm/data';
import { readText } from '@tinyllm/data/node';
import { CharTokenizer, type Tokenizer } from '@tinyllm/tokenizers';
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
 * The corpus of a recipe as characters: `file` where one is given, else the recipe's own.
 * Throws `cli/no-data` and what `readText` throws.
 */
export async function loadCorpus(recipe: Recipe, file: string | undefined): Promise<Corpus> {
  if (file !== undefined) {
    const text = await readText(file);
    const specialTokens = text.includes(endOfText) ? [endOfText] : [];
    return { ...encode(splitText(text), CharTokenizer.fromText(text, { specialTokens })), description: file };
  }
  if (recipe.corpus.type === 'file') {
    throw new TinyllmError(
      'cli/no-data',
      `The recipe ${recipe.name} trains on ${recipe.corpus.hint}. Say where it is: --data input.txt`,
    );
  }
  const { count } = recipe.corpus;
  const { train, validation } = builtInStories({ stories: count, seed: recipe.training.seed });
  const tokenizer = CharTokenizer.fromText(train, { specialTokens: [endOfText] });
  return {
    ...encode({ train, validation }, tokenizer),
    description: `${count.toLocaleString('en')} stories of the built-in grammar`,
    entropy: storyStatistics().natsPerCharacter,
  };
}

function encode(
  { train, validation }: { train: string; validation: string },
  tokenizer: Tokenizer,
): Omit<Corpus, 'description'> {
  return { tokenizer, train: tokenizer.encode(train), validation: tokenizer.encode(validation) };
}
