/** The built-in corpus: stories from the grammar in `story.ts`, and what is known about them. */
import { createRandom, type Random } from '@tinyllm/common';
import { checkInteger } from '../check';
import type { Split } from '../split';
import { expectation } from './entropy';
import { generate } from './generate';
import { logProbability } from './parse';
import { story } from './story';

/** The end-of-text token, GPT-2's: one symbol behind every story of a corpus, never inside a story. */
export const endOfText = '<|endoftext|>';

/**
 * One story, without an end-of-text token. A number is a seed; a `Random` moves on by the draws of the story.
 * Throws `data/bad-option` for a seed that is no non-negative integer.
 */
export function generateStory(source: number | Random): string {
  return generate(story, typeof source === 'number' ? seeded(source, 0) : source).text;
}

/** Which stories to draw. */
export interface StoriesOptions {
  /** How many stories. */
  readonly count: number;
  /** A non-negative integer: the same seed gives the same stories, in the same order. */
  readonly seed: number;
  /** Streams of one seed are independent of each other. A non-negative integer, default 0. */
  readonly stream?: number;
}

/** Draws stories one by one, without end-of-text tokens. Throws `data/bad-option`. */
export function* generateStories({
  count,
  seed,
  stream = 0,
}: StoriesOptions): Generator<string, void, undefined> {
  checkInteger('count', count, 0);
  const random = seeded(seed, stream);
  for (let i = 0; i < count; i++) yield generateStory(random);
}

/** The size and the seed of the built-in corpus. */
export interface BuiltInStoriesOptions {
  /** How many stories to train on. Default 5000: about 2.5 million characters. */
  readonly stories?: number;
  /** How many stories to validate on. Default a tenth of `stories`, rounded up. */
  readonly validationStories?: number;
  /** A non-negative integer. Default 1. */
  readonly seed?: number;
}

/**
 * The built-in corpus: two texts in which `endOfText` stands behind every story, and nothing else between them.
 * Training and validation stories come from two random streams of the seed. Throws `data/bad-option`.
 */
export function builtInStories({
  stories = 5000,
  validationStories = Math.ceil(stories / 10),
  seed = 1,
}: BuiltInStoriesOptions = {}): Split {
  const corpus = (count: number, stream: number): string =>
    [...generateStories({ count, seed, stream })].map((text) => text + endOfText).join('');
  return { train: corpus(stories, 0), validation: corpus(validationStories, 1) };
}

/** What is known about the built-in stories exactly, from the grammar itself. */
export interface StoryStatistics {
  /** The Shannon entropy of a story, in nats. */
  readonly entropy: number;
  /** The mean length of a story in characters, the end-of-text token behind it counted as one. */
  readonly expectedLength: number;
  /** `entropy / expectedLength`: the loss per character that no model of an endless corpus can pass. */
  readonly natsPerCharacter: number;
}

/** The entropy of the built-in stories, computed from their grammar in some milliseconds, without sampling. */
export function storyStatistics(): StoryStatistics {
  const { entropy, length } = expectation(story);
  const expectedLength = length + 1;
  return { entropy, expectedLength, natsPerCharacter: entropy / expectedLength };
}

/**
 * The exact natural logarithm of the probability that a drawn story is `text`, which has no end-of-text token:
 * the sum over all derivations, −Infinity for a text that the grammar never writes.
 */
export function storyLogProbability(text: string): number {
  return logProbability(story, text);
}

function seeded(seed: number, stream: number): Random {
  checkInteger('seed', seed, 0);
  checkInteger('stream', stream, 0);
  return createRandom(seed, stream);
}
