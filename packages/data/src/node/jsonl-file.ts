import { TinyllmError } from '@tinyllm/common';
import { type Piece, piecesOf } from './pieces';
import { readChunks } from './read-bytes';

/** Characters of the longest line: it has to be in memory whole, and is copied as it is parsed. */
const LONGEST_LINE = 2 ** 27;

/**
 * The documents of a JSONL file: the `text` field of each line; empty lines are skipped. Throws `data/bad-jsonl` and
 * `data/no-text-field`, naming the line.
 */
export async function* jsonlPieces(path: string): AsyncGenerator<Piece, void, undefined> {
  let rest = '';
  let line = 0;
  let read = 0;
  for await (const chunk of readChunks(path)) {
    read = chunk.read;
    const [first = '', ...others] = chunk.text.split('\n');
    rest += first;
    if (rest.length > LONGEST_LINE) throw lineTooLong(path, line + 1);
    for (const next of others) {
      yield* piecesOf(textOf(rest, path, ++line), read);
      rest = next;
    }
  }
  yield* piecesOf(textOf(rest, path, line + 1), read);
}

function lineTooLong(path: string, line: number): TinyllmError {
  return new TinyllmError(
    'data/bad-jsonl',
    `Line ${line} of ${path} has more than ${LONGEST_LINE} characters. End each document with a line break; a ` +
      'document of any length can stand in a text file.',
  );
}

function textOf(json: string, path: string, line: number): string {
  if (json.trim() === '') return '';
  let row: unknown;
  try {
    row = JSON.parse(json);
  } catch (cause) {
    throw new TinyllmError(
      'data/bad-jsonl',
      `Line ${line} of ${path} is not JSON: ${(cause as Error).message}. Each line must be an object with a text field.`,
      { cause },
    );
  }
  return textField(row, `Line ${line} of ${path}`);
}

/** The `text` field of a row. Throws `data/no-text-field`, with `where` the row is. */
export function textField(row: unknown, where: string): string {
  const isRow = typeof row === 'object' && row !== null;
  const text = isRow && 'text' in row ? row.text : undefined;
  if (typeof text === 'string') return text;
  const fields = isRow ? `the fields ${Object.keys(row).join(', ') || '(none)'}` : `a ${typeof row}`;
  throw new TinyllmError(
    'data/no-text-field',
    `${where} has ${fields}, but the field text with a string is expected. Rename the field that holds the text.`,
  );
}
