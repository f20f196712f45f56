import { builtInStories, endOfText, type Split, splitText, storyStatistics } from '@tinyllm/data';
import { CharTokenizer, type Tokenizer, trainBpe } from '@tinyllm/tokenizers';
import type { Recipe } from '@tinyllm/train';
import type { CorpusChoice } from './protocol';

/** The text of a demo in two parts; `entropy` in nats of the training text, where it is known. */
export function readCorpus(choice: CorpusChoice, seed: number): Split & { readonly entropy?: number } {
  if (choice.type === 'text') return splitText(choice.text);
  const split = builtInStories({ stories: choice.count, seed });
  return { ...split, entropy: storyStatistics().entropy * choice.count };
}

/** What a recipe's text is cut into, as the command line does it. */
export async function createTokenizer(
  { tokenizer }: Recipe,
  { train, validation }: Split,
  signal: AbortSignal,
): Promise<Tokenizer> {
  const specialTokens = train.includes(endOfText) ? [endOfText] : [];
  if (tokenizer.type === 'gpt2') return (await import('@tinyllm/tokenizers/gpt2')).gpt2();
  if (tokenizer.type === 'characters') return CharTokenizer.fromText(train + validation, { specialTokens });
  return trainBpe([train], { vocabSize: tokenizer.vocabSize, specialTokens, signal });
}
