/** The documents of a Parquet file, by hyparquet, which is loaded when the first such file is read. */
import * as zlib from 'node:zlib';
import { TinyllmError } from '@tinyllm/common';
import type { AsyncBuffer, Compressors } from 'hyparquet';
import { textField } from './jsonl-file';
import { type Piece, piecesOf } from './pieces';
import { openToRead } from './read-bytes';

/** Codecs beside Snappy, which hyparquet has itself; Node has Zstandard from 22.15 on. */
const compressors: Compressors = {
  GZIP: (bytes) => zlib.gunzipSync(bytes),
  BROTLI: (bytes) => zlib.brotliDecompressSync(bytes),
  ...('zstdDecompressSync' in zlib
    ? { ZSTD: zlib.zstdDecompressSync as unknown as (bytes: Uint8Array) => Uint8Array }
    : {}),
};

/**
 * The documents of a Parquet file: the `text` column of each row, one row group in memory at a time. Throws
 * `data/bad-parquet` and `data/no-text-field`.
 */
export async function* parquetPieces(path: string): AsyncGenerator<Piece, void, undefined> {
  const { parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
  const file = await openToRead(path);
  const understood = async <T>(reading: Promise<T>): Promise<T> =>
    reading.catch((cause: Error) => {
      throw new TinyllmError(
        'data/bad-parquet',
        `Could not read ${path} as Parquet: ${cause.message}. Check that the file is whole; of compressions, ` +
          'Snappy, GZIP, Brotli and, from Node 22.15 on, Zstandard are read.',
        { cause },
      );
    });
  try {
    const { size } = await file.stat();
    const buffer: AsyncBuffer = {
      byteLength: size,
      async slice(start, end = size) {
        const bytes = new Uint8Array(end - start);
        await file.read(bytes, 0, bytes.length, start);
        return bytes.buffer;
      },
    };
    const metadata = await understood(parquetMetadataAsync(buffer));
    const columns = metadata.schema.filter(({ type }) => type !== undefined).map(({ name }) => name);
    if (!columns.includes('text')) textField(Object.fromEntries(columns.map((name) => [name, null])), path);
    let rowStart = 0;
    for (const { num_rows } of metadata.row_groups) {
      const rowEnd = rowStart + Number(num_rows);
      const options = { file: buffer, metadata, columns: ['text'], rowStart, rowEnd, compressors };
      const rows = await understood(parquetReadObjects(options));
      for (const [index, row] of rows.entries()) {
        const number = rowStart + index + 1;
        const read = Math.floor((size * number) / Number(metadata.num_rows));
        yield* piecesOf(textField(row, `Row ${number} of ${path}`), read);
      }
      rowStart = rowEnd;
    }
  } finally {
    await file.close();
  }
}
