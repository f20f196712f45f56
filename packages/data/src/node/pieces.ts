/** Documents as they stream: in pieces, so that one of any length fits into memory. */
import { constants } from 'node:buffer';
import { TinyllmError } from '@tinyllm/common';

/** A part of a document; most documents are one piece. */
export interface Piece {
  readonly text: string;
  /** Whether its document ends with it. */
  readonly ends: boolean;
  /** Bytes of the source that have been read so far: a measure of progress. */
  readonly read: number;
}

/** The most characters (UTF-16 code units) of a piece. */
export const PIECE: number = 1 << 20;

const SPACE = /\s/;
const WORD = /[\p{L}\p{N}]/u;

/**
 * Where to cut `text`, which is longer than `PIECE`: at most `PIECE` characters on, between a letter or digit and
 * the space behind it. GPT-2's and cl100k's patterns cut there too, so their tokens are those of the whole text.
 */
export function cutAt(text: string): number {
  for (let at = PIECE; at > PIECE / 2; at--) {
    if (SPACE.test(text.charAt(at)) && WORD.test(text.charAt(at - 1))) return at;
  }
  const isLowSurrogate = (text.charCodeAt(PIECE) & 0xfc00) === 0xdc00;
  return isLowSurrogate ? PIECE - 1 : PIECE; // one endless word: but never half a character
}

/** One whole document as pieces; none for an empty one. */
export function* piecesOf(text: string, read: number): Generator<Piece, void, undefined> {
  let rest = text;
  while (rest.length > PIECE) {
    const at = cutAt(rest);
    yield { text: rest.slice(0, at), ends: false, read };
    rest = rest.slice(at);
  }
  if (rest !== '') yield { text: rest, ends: true, read };
}

/** Pieces put together again to whole documents. Throws `data/document-too-long` for one that fits no string. */
export async function* wholeDocuments(pieces: AsyncIterable<Piece>): AsyncGenerator<string, void, undefined> {
  let parts: string[] = [];
  let length = 0;
  for await (const { text, ends } of pieces) {
    parts.push(text);
    length += text.length;
    if (length > constants.MAX_STRING_LENGTH) {
      throw new TinyllmError(
        'data/document-too-long',
        `A document has more than the ${constants.MAX_STRING_LENGTH} characters of a string. Put end-of-text ` +
          'between its parts, or prepare it, which takes documents of any length.',
      );
    }
    if (!ends) continue;
    yield parts.join('');
    parts = [];
    length = 0;
  }
}
