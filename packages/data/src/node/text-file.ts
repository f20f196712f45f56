import { endOfText } from '../stories/stories';
import { cutAt, PIECE, type Piece, piecesOf } from './pieces';
import { readBytes, readChunks } from './read-bytes';

/**
 * The documents of a text file, which are split at `<|endoftext|>`. White space next to an end-of-text is dropped,
 * and so is a document of nothing else. Where the pieces of a long document are cut depends on its text alone.
 */
export async function* textPieces(path: string): AsyncGenerator<Piece, void, undefined> {
  let rest = '';
  let begun = false; // whether pieces of this document have been yielded
  let trim = false; // whether the document stands behind an end-of-text and has only been white space so far
  let read = 0;
  for await (const chunk of readChunks(path)) {
    rest += chunk.text;
    read = chunk.read;
    for (;;) {
      if (trim) rest = rest.trimStart();
      if (rest !== '') trim = false;
      const end = rest.indexOf(endOfText);
      if (end > PIECE || (end < 0 && rest.length >= PIECE + endOfText.length)) {
        const at = cutAt(rest);
        yield { text: rest.slice(0, at), ends: false, read };
        begun = true;
        rest = rest.slice(at);
      } else if (end >= 0) {
        const text = rest.slice(0, end).trimEnd();
        if (begun || text !== '') yield { text, ends: true, read };
        begun = false;
        trim = true;
        rest = rest.slice(end + endOfText.length);
      } else break;
    }
  }
  yield* piecesOf(rest, read);
  if (begun && rest === '') yield { text: '', ends: true, read };
}

/** Whether a text file has an end-of-text anywhere: one without is a running text. */
export async function hasEndOfText(path: string): Promise<boolean> {
  const mark = Buffer.from(endOfText);
  let before = Buffer.alloc(0); // the end of the chunk before, as a mark can lie across two
  for await (const bytes of readBytes(path)) {
    const chunk = Buffer.concat([before, bytes]);
    if (chunk.includes(mark)) return true;
    before = Buffer.from(chunk.subarray(Math.max(0, chunk.length - mark.length + 1)));
  }
  return false;
}
