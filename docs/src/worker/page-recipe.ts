import { endOfText } from '@tinyllm/data';
import { type Recipe, recipes } from '@tinyllm/train';
import type { RunRequest } from './protocol';
import type { Run } from './run-storage';

/** So many built-in stories: a third of the recipe's, so that a page begins to train at once. */
const STORIES = 4000;
const VOCAB_SIZE = 512;
/** Logged steps: the chart moves about once a second. */
const LOG_INTERVAL = 5;

/** The run that a reader asks for, as a recipe. */
export function runOf({ settings, text }: RunRequest): Run {
  const nano = recipes.find(({ name }) => name === 'stories-nano') as Recipe;
  const { tokens, nLayer, nHead, nEmbd, maxIters, learningRate, ...shape } = settings;
  const recipe: Recipe = {
    ...nano,
    name: text ? 'own-text' : 'stories-page',
    description: 'a small GPT, trained in a page',
    corpus: { type: 'stories', count: STORIES },
    tokenizer: tokens === 'bpe' ? { type: 'bpe', vocabSize: VOCAB_SIZE } : { type: 'characters' },
    model: { architecture: 'gpt', bias: false, nLayer, nHead, nEmbd },
    training: {
      ...nano.training,
      ...shape,
      maxIters,
      lrDecayIters: maxIters,
      warmupIters: Math.min(nano.training.warmupIters, Math.floor(maxIters / 10)),
      learningRate,
      minLearningRate: learningRate / 10,
      logInterval: LOG_INTERVAL,
    },
    prompt: text ? beginning(text.text) : endOfText,
  };
  return { recipe, ...(text ? { text } : {}) };
}

/** Where samples of a text of one's own start: at its first character, which every tokenizer of it knows. */
function beginning(text: string): string {
  return text.includes(endOfText) ? endOfText : String.fromCodePoint(text.codePointAt(0) ?? 0);
}
