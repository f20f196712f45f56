import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { damaged, readOrRefuse } from '@tinyllm/common/testing';
import { type ParquetWriteOptions, parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, describe, expect, it } from 'vitest';
import { allocations } from '../testing/allocations';
import { bytes, littleEndian, page, parquetFile, plain, varint } from '../testing/parquet';
import { jsonlPieces } from './jsonl-file';
import { parquetPieces } from './parquet-file';

type Column = ParquetWriteOptions['columnData'][number];

const folder = mkdtempSync(join(tmpdir(), 'tinyllm-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('JSONL of anyone is read or refused, and gives no more text than it has', async () => {
  const rows = Array.from({ length: 40 }, (_, id) => ({ id, text: `Story ${id} of Zoë 🦊.` }));
  const whole = new TextEncoder().encode(rows.map((row) => JSON.stringify(row)).join('\n'));
  const path = join(folder, 'corpus.jsonl');
  const { read, refused } = await readOrRefuse(damaged(whole), /^data\//, async (file) => {
    writeFileSync(path, file);
    let characters = 0;
    for await (const { text } of jsonlPieces(path)) characters += text.length;
    expect(characters).toBeLessThanOrEqual(file.length);
  });
  expect(read).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);
});

describe('Parquet of anyone', () => {
  const stories = Array.from({ length: 40 }, (_, id) => `Story ${id % 9} of Zoë 🦊.`);
  const inVersion2 = (text: Partial<Column>, options: Partial<ParquetWriteOptions> = {}): Uint8Array => {
    const columnData = [
      { name: 'text', data: stories, type: 'STRING', ...text } as Column,
      { name: 'id', data: stories.map((_, id) => id), type: 'INT32' } as Column,
    ];
    return new Uint8Array(
      parquetWriteBuffer({ codec: 'UNCOMPRESSED', rowGroupSize: 25, ...options, columnData }),
    );
  };
  const levels = bytes(littleEndian(2), varint(3 << 1), [1]);
  const files = {
    'plain, of version 1': parquetFile([page(3, bytes(levels, plain('a', 'bc', 'd')))], {
      rows: 3,
      optional: true,
    }),
    'a dictionary': inVersion2({ encoding: 'RLE_DICTIONARY', nullable: true }),
    'lengths as differences': inVersion2({ encoding: 'DELTA_LENGTH_BYTE_ARRAY', nullable: false }),
    'prefixes as differences': inVersion2({ encoding: 'DELTA_BYTE_ARRAY', nullable: false }),
    Snappy: inVersion2({ encoding: 'PLAIN' }, { codec: 'SNAPPY' }),
    Brotli: inVersion2(
      { encoding: 'PLAIN' },
      { codec: 'BROTLI', compressors: { BROTLI: brotliCompressSync } },
    ),
  };

  it.each(Object.entries(files))(
    'is read or refused without memory for what it claims: %s',
    async (name, whole) => {
      const path = join(folder, `${name}.parquet`);
      const { read, refused } = await readOrRefuse(damaged(whole), /^data\//, async (file) => {
        writeFileSync(path, file);
        let characters = 0;
        const { elements, error } = await allocations(async () => {
          for await (const { text } of parquetPieces(path)) characters += text.length;
        });
        const most = 2 ** 20 + 1024 * file.length;
        expect(characters).toBeLessThanOrEqual(most);
        expect(elements).toBeLessThanOrEqual(4 * most);
        if (error !== undefined) throw error;
      });
      expect(read).toBeGreaterThan(0);
      expect(refused).toBeGreaterThan(0);
    },
  );
});
