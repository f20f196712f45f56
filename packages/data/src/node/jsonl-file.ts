import { TinyllmError } from '@tinyllm/common';
import { type Piece, piecesOf } from './pieces';
import { readChunks } from './read-bytes';

/**
 * The documents of a JSONL file: the `text` field of each line; empty lines are skipped. Throws `data/bad-jsonl` and
 * `data/no-text-field`, naming the line.
 */
export async function* jsonlPieces(path: string): AsyncGenerator<Piece, void, undefined> {
  let rest = '';
  let line = 0;
  let read = 0;
  for await (const chunk of readChunks(path)) {
    rest += chunk.text;
    read = chunk.read;
    const end = rest.lastIndexOf('\n');
    if (end < 0) continue;
    for (const json of rest.slice(0, end).split('\n')) yield* piecesOf(textOf(json, path, ++line), read);
    rest = rest.slice(end + 1);
  }
  yield* piecesOf(textOf(rest, path, line + 1), read);
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
