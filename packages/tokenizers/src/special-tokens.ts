import { TinyllmError } from '@tinyllm/common';
import type { SpecialTokenPolicy } from './tokenizer';

const policies: readonly unknown[] = ['encode', 'text', 'refuse'] satisfies SpecialTokenPolicy[];

/** The text of the special token that ends a text, in GPT-2 and in every tokenizer made here. */
export const END_OF_TEXT = '<|endoftext|>';

/** A run of ordinary text, or one special token, and where in the whole text it starts. */
export interface Segment {
  readonly text: string;
  readonly start: number;
  readonly special: boolean;
}

/**
 * Characters of all special tokens together, and of one: each is looked for at each place of a text, and an expression
 * has its limits. Published tokenizers have up to some thousands of tokens of ten to twenty characters.
 */
const MOST_CHARACTERS = 2 ** 16;
const LONGEST = 2 ** 10;

/**
 * A pattern that finds any of `specialTokens`, the longest first where one begins another; none if there are none.
 * Throws `tokenizer/invalid-vocabulary` where one is empty or they are too many to look for, and `tokenizer/duplicate`.
 */
export function specialTokenPattern(specialTokens: readonly string[]): RegExp | undefined {
  if (specialTokens.length === 0) return undefined;
  if (specialTokens.includes('')) {
    throw new TinyllmError(
      'tokenizer/invalid-vocabulary',
      'A special token is the empty string, which stands everywhere in a text. Leave it out.',
    );
  }
  const seen = new Set<string>();
  const twice = specialTokens.find((token) => seen.size === seen.add(token).size);
  if (twice !== undefined) {
    throw new TinyllmError(
      'tokenizer/duplicate',
      `Every special token needs an id of its own, and ${JSON.stringify(twice)} stands twice. Pass each once.`,
    );
  }
  const characters = specialTokens.reduce((sum, { length }) => sum + length, 0);
  const longest = specialTokens.reduce((most, { length }) => Math.max(most, length), 0);
  if (characters > MOST_CHARACTERS || longest > LONGEST) {
    throw new TinyllmError(
      'tokenizer/invalid-vocabulary',
      `The ${specialTokens.length} special tokens have ${characters} characters, the longest ${longest}, and may have ` +
        `${MOST_CHARACTERS}, one at most ${LONGEST}. Make ordinary tokens of those that no text is searched for.`,
    );
  }
  const longestFirst = [...specialTokens].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((token) => token.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'), 'g');
}

/**
 * Cuts `text` at its special tokens as `policy` says. Throws `tokenizer/special-token` where it refuses one, and
 * `tokenizer/unknown-policy`: what should keep special tokens out must not let them in for being misspelled.
 */
export function* segments(
  text: string,
  pattern: RegExp | undefined,
  policy: SpecialTokenPolicy,
): Generator<Segment> {
  if (!policies.includes(policy)) {
    throw new TinyllmError(
      'tokenizer/unknown-policy',
      `specialTokens must be "encode", "text" or "refuse", but is ${JSON.stringify(policy)}.`,
    );
  }
  let end = 0;
  if (pattern !== undefined && policy !== 'text') {
    for (const { 0: token, index } of text.matchAll(pattern)) {
      if (policy === 'refuse') {
        throw new TinyllmError(
          'tokenizer/special-token',
          `The text spells the special token ${token} at position ${index}, and special tokens were refused. ` +
            `Remove it, or pass { specialTokens: 'text' } to read it as ordinary text or 'encode' to mean the token.`,
        );
      }
      if (index > end) yield { text: text.slice(end, index), start: end, special: false };
      yield { text: token, start: index, special: true };
      end = index + token.length;
    }
  }
  if (end < text.length) yield { text: text.slice(end), start: end, special: false };
}
