import { TinyllmError } from '@tinyllm/common';
import type { SpecialTokenPolicy } from './tokenizer';

/** The text of the special token that ends a text, in GPT-2 and in every tokenizer made here. */
export const END_OF_TEXT = '<|endoftext|>';

/** A run of ordinary text, or one special token, and where in the whole text it starts. */
export interface Segment {
  readonly text: string;
  readonly start: number;
  readonly special: boolean;
}

/** A pattern that finds any of `specialTokens`, the longest first where one begins another; none if there are none. */
export function specialTokenPattern(specialTokens: readonly string[]): RegExp | undefined {
  if (specialTokens.length === 0) return undefined;
  const longestFirst = [...specialTokens].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((token) => token.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|'), 'g');
}

/** Cuts `text` at its special tokens as `policy` says. Throws `tokenizer/special-token` where it refuses one. */
export function* segments(
  text: string,
  pattern: RegExp | undefined,
  policy: SpecialTokenPolicy,
): Generator<Segment> {
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
