/** Which blocks of a corpus a part of it is. */
import { createHash } from 'node:crypto';
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

/** Where a part lies in its corpus. */
export interface PartBlocks {
  /** Its first block. */
  readonly blocks: number;
  /** The first block of the next part. */
  readonly until: number;
  /** The SHA-256 of all blocks of the corpus, in hexadecimal: by it parts know each other, wherever their files lay. */
  readonly text: string;
}

/** To count all blocks, the corpus is read once. */
export async function blocksOfPart(
  corpus: TextCorpus,
  plan: SplitPlan,
  { number, of, blockCharacters, onRead }: PartOptions,
): Promise<PartBlocks> {
  const text = createHash('sha256');
  let count = 0;
  for await (const { split, texts, ends, read } of textBlocks(splitPieces(corpus, plan), blockCharacters)) {
    text.update(JSON.stringify([split, texts, ends]));
    count++;
    onRead(read);
  }
  const first = (part: number): number => Math.floor((count * part) / of);
  return { blocks: first(number - 1), until: first(number), text: text.digest('hex') };
}

/** Throws `data/bad-option` where there is no such part. */
export function checkPart({ number, of }: { readonly number: number; readonly of: number }): void {
  checkInteger('part.of', of, 1);
  checkInteger('part.number', number, 1);
  if (number <= of) return;
  throw new TinyllmError('data/bad-option', `part.number is ${number}, but there are only ${of} parts.`);
}
