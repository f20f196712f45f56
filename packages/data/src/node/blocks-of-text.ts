import type { SplitPiece } from './split-corpus';

/** Documents, or parts of them, that one thread encodes at once. */
export interface TextBlock {
  readonly split: 'train' | 'validation';
  readonly texts: readonly string[];
  /** Whether a document ends with each of `texts`. */
  readonly ends: readonly boolean[];
  /** Bytes of the corpus read so far. */
  readonly read: number;
}

/**
 * Puts pieces together until they have `characters`, all of one split. What is in a block depends on the text
 * alone, so whoever encodes it, the tokens are the same.
 */
export async function* textBlocks(
  pieces: AsyncIterable<SplitPiece>,
  characters: number,
): AsyncGenerator<TextBlock, void, undefined> {
  let texts: string[] = [];
  let ends: boolean[] = [];
  let length = 0;
  let split: TextBlock['split'] = 'train';
  let read = 0;
  const take = (): TextBlock => {
    const block = { split, texts, ends, read };
    texts = [];
    ends = [];
    length = 0;
    return block;
  };
  for await (const piece of pieces) {
    if (piece.split !== split && texts.length > 0) yield take();
    ({ split, read } = piece);
    texts.push(piece.text);
    ends.push(piece.ends);
    length += piece.text.length;
    if (length >= characters) yield take();
  }
  if (texts.length > 0) yield take();
}
