/** Which part of a corpus is trained on, and which is kept to validate. */
import { TinyllmError } from '@tinyllm/common';
import { countCharacters, indexOfCharacter } from '../characters';
import { checkFraction } from '../check';
import type { TextCorpus } from './open-corpus';
import type { Piece } from './pieces';

/** Where a corpus without validation text of its own is split. */
export interface SplitPlan {
  /** The number of the first document that is kept, or, of a running text, of the first character. */
  readonly validationFrom: number | null;
}

/** A piece, and which split it belongs to. `read` counts through both. */
export interface SplitPiece extends Piece {
  readonly split: 'train' | 'validation';
}

/**
 * How `corpus` is split: by its own validation text where it has some; else the last `validationFraction` of its
 * documents, or of the characters (code points) of a running text, which is nanoGPT's split, is kept. To count
 * them, it is read once. Throws `data/bad-validation-fraction` and `data/no-documents`.
 */
export async function planSplit(
  corpus: TextCorpus,
  validationFraction: number,
  onRead?: (read: number) => void,
): Promise<SplitPlan> {
  checkFraction(validationFraction);
  if (corpus.validation !== undefined || validationFraction === 0) return { validationFrom: null };
  let documents = 0;
  let characters = 0;
  for await (const { text, ends, read } of corpus.train.pieces()) {
    if (corpus.running) characters += countCharacters(text);
    if (ends) documents++;
    onRead?.(read);
  }
  const count = corpus.running ? characters : documents;
  const validationFrom = Math.floor(count * (1 - validationFraction));
  if (validationFrom > 0) return { validationFrom };
  throw new TinyllmError(
    'data/no-documents',
    `${corpus.name} has ${count} ${corpus.running ? 'characters' : 'documents'}: none is left to train on when ` +
      `${validationFraction} of them is kept for validation. Bring more text, or keep none: validationFraction 0.`,
  );
}

/** The pieces of `corpus`, those to train on first. */
export async function* splitPieces(
  corpus: TextCorpus,
  { validationFrom }: SplitPlan,
): AsyncGenerator<SplitPiece, void, undefined> {
  let before = 0; // documents, or characters, that have gone by
  const from = validationFrom ?? Number.POSITIVE_INFINITY;
  for await (const piece of corpus.train.pieces()) {
    if (!corpus.running) {
      yield { ...piece, split: before < from ? 'train' : 'validation' };
      if (piece.ends) before++;
      continue;
    }
    const { text, ends, read } = piece;
    const count = countCharacters(text);
    if (before < from && from <= before + count) {
      const at = indexOfCharacter(text, from - before);
      yield { text: text.slice(0, at), ends: true, read, split: 'train' };
      if (at < text.length) yield { text: text.slice(at), ends, read, split: 'validation' };
    } else yield { ...piece, split: before < from ? 'train' : 'validation' };
    before += count;
  }
  const { size } = corpus.train;
  for await (const piece of corpus.validation?.pieces() ?? []) {
    yield { ...piece, read: size + piece.read, split: 'validation' };
  }
}
