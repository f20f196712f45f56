/** The documents of a Parquet file, by hyparquet, which is loaded when the first such file is read. */
import * as zlib from 'node:zlib';
import { TinyllmError } from '@tinyllm/common';
import type { AsyncBuffer, Compressors } from 'hyparquet';
import { textField } from './jsonl-file';
import { type Piece, piecesOf } from './pieces';
import { openToRead } from './read-bytes';

/** Bytes of the largest page that is decompressed. Writers make pages of about a megabyte, and at least one text long. */
const LARGEST_PAGE = 2 ** 30;
/** A copy of Snappy's makes at most 64 bytes of its two or three. */
const SNAPPY_RATIO = 32;

type Unzip = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

/** Decompresses no more than the page's header says, and no page that claims too much. */
const bounded =
  (unzip: Unzip) =>
  (bytes: Uint8Array, length: number): Uint8Array => {
    if (length === 0) return new Uint8Array();
    return unzip(bytes, { maxOutputLength: checkLength(length, LARGEST_PAGE) });
  };

function checkLength(length: number, most: number): number {
  if (length >= 0 && length <= most) return length;
  throw new Error(`a page claims ${length} bytes, and may have ${most}`);
}

/** Node has Zstandard from 22.15 on. */
const compressorsWith = (snappyUncompress: (bytes: Uint8Array, page: Uint8Array) => void): Compressors => ({
  SNAPPY(bytes, length) {
    const page = new Uint8Array(checkLength(length, Math.min(LARGEST_PAGE, SNAPPY_RATIO * bytes.length)));
    snappyUncompress(bytes, page);
    return page;
  },
  GZIP: bounded(zlib.gunzipSync),
  BROTLI: bounded(zlib.brotliDecompressSync),
  ...('zstdDecompressSync' in zlib ? { ZSTD: bounded(zlib.zstdDecompressSync as unknown as Unzip) } : {}),
});

/**
 * The documents of a Parquet file: the `text` column of each row, one row group in memory at a time. Throws
 * `data/bad-parquet` and `data/no-text-field`.
 */
export async function* parquetPieces(path: string): AsyncGenerator<Piece, void, undefined> {
  const { parquetMetadataAsync, parquetReadObjects, snappyUncompress } = await import('hyparquet');
  const compressors = compressorsWith(snappyUncompress);
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
        if (!(start >= 0 && start <= end && end <= size))
          throw new Error(`it claims bytes ${start} to ${end}, and has ${size}`);
        const bytes = new Uint8Array(end - start);
        for (let at = 0; at < bytes.length; ) {
          const { bytesRead } = await file.read(bytes, at, bytes.length - at, start + at);
          if (bytesRead === 0) throw new Error(`it ends before byte ${end}`);
          at += bytesRead;
        }
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
