/**
 * The documents of a Parquet file, of anyone: a page at a time, and no number in the file is believed before what it
 * counts is there, or is known to be small. Of the format there is what a column of strings needs.
 */
import type { FileHandle } from 'node:fs/promises';
import { TinyllmError } from '@tinyllm/common';
import { textField } from './jsonl-file';
import { Cursor } from './parquet/cursor';
import { type Footer, readFooter } from './parquet/footer';
import { pagesOf, type ReadBytes } from './parquet/pages';
import { Work } from './parquet/work';
import { type Piece, piecesOf } from './pieces';
import { openToRead } from './read-bytes';

/** Bytes of the largest footer. That of a thousand row groups with ten columns has about two million. */
const LARGEST_FOOTER = 2 ** 26;
/** A file ends with the length of its footer and this. */
const MAGIC = 'PAR1';
const TAIL = 4 + MAGIC.length;

/** The documents of a Parquet file: the `text` column of each row. Throws `data/bad-parquet` and `data/no-text-field`. */
export async function* parquetPieces(path: string): AsyncGenerator<Piece, void, undefined> {
  const file = await openToRead(path);
  try {
    yield* pieces(file, path);
  } catch (cause) {
    if (cause instanceof TinyllmError) throw cause;
    throw new TinyllmError(
      'data/bad-parquet',
      `Could not read ${path} as Parquet: ${(cause as Error).message}. Check that the file is whole; of compressions, ` +
        'Snappy, GZIP, Brotli and, from Node 22.15 on, Zstandard are read. What other tools read they can write as JSONL.',
      { cause },
    );
  } finally {
    await file.close();
  }
}

async function* pieces(file: FileHandle, path: string): AsyncGenerator<Piece, void, undefined> {
  const { size } = await file.stat();
  const read: ReadBytes = (start, end) => readFrom(file, start, end);
  const { columns, text, groups } = await footerOf(read, size);
  if (text === undefined) {
    textField(Object.fromEntries(columns.map((name) => [name, null])), path);
    return;
  }
  const all = groups.reduce((sum, { rows }) => sum + rows, 0);
  const work = new Work(size);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let row = 0;
  for (const { rows, text: chunk } of groups) {
    const end = row + rows;
    for await (const values of pagesOf({ ...chunk, ...text }, read, work)) {
      for (const value of values) {
        if (row === end) throw new Error(`a row group of ${rows} rows has more values`);
        row++;
        work.spend(1 + (value?.length ?? 0));
        const text = value === undefined ? null : decoder.decode(value);
        yield* piecesOf(textField({ text }, `Row ${row} of ${path}`), Math.floor((size * row) / all));
      }
    }
    if (row < end) throw new Error(`a row group of ${rows} rows has ${rows - end + row} values`);
  }
}

async function footerOf(read: ReadBytes, size: number): Promise<Footer> {
  if (size < TAIL) throw new Error(`it has ${size} bytes`);
  const tail = new Cursor(await read(size - TAIL, size));
  const length = tail.littleEndian(4);
  const magic = new TextDecoder('latin1').decode(tail.take(MAGIC.length));
  if (magic !== MAGIC) throw new Error(`it ends with ${JSON.stringify(magic)}, not with ${MAGIC}`);
  if (length > Math.min(LARGEST_FOOTER, size - TAIL)) {
    throw new Error(
      `its footer claims ${length} bytes, and may have ${Math.min(LARGEST_FOOTER, size - TAIL)}`,
    );
  }
  return readFooter(await read(size - TAIL - length, size - TAIL), size);
}

async function readFrom(file: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, start + at);
    if (bytesRead === 0) throw new Error(`it ends before byte ${end}`);
    at += bytesRead;
  }
  return bytes;
}
