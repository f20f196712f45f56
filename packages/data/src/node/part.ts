/** Which blocks of a corpus a part of it is. */
import { TinyllmError } from '@tinyllm/common';
import { checkInteger } from '../check';
import { textBlocks } from './blocks-of-text';
import type { TextCorpus } from './open-corpus';
import { type SplitPlan, splitPieces } from './split-corpus';

export interface PartOptions {
  /** From 1 on. */
  readonly number: number;
  readonly of: number;
  readonly blockCharacters: number;
  readonly onRead: (read: number) => void;
}

/** The first block of a part, and the first of the next. To count them all, the corpus is read once. */
export async function blocksOfPart(
  corpus: TextCorpus,
  plan: SplitPlan,
  { number, of, blockCharacters, onRead }: PartOptions,
): Promise<{ blocks: number; until: number }> {
  let count = 0;
  for await (const { read } of textBlocks(splitPieces(corpus, plan), blockCharacters)) {
    count++;
    onRead(read);
  }
  return { blocks: Math.floor((count * (number - 1)) / of), until: Math.floor((count * number) / of) };
}

/** Throws `data/bad-option` where there is no such part. */
export function checkPart({ number, of }: { readonly number: number; readonly of: number }): void {
  checkInteger('part.of', of, 1);
  checkInteger('part.number', number, 1);
  if (number <= of) return;
  throw new TinyllmError('data/bad-option', `part.number is ${number}, but there are only ${of} parts.`);
}
