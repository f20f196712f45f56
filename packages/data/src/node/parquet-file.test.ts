import * as zlib from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { allocations } from '../testing/allocations';
import { testFolder } from '../testing/folder';
import {
  bytes,
  dictionaryPage,
  littleEndian,
  page,
  parquetFile,
  plain,
  struct,
  varint,
  withFooter,
  zigzag,
} from '../testing/parquet';
import { parquetPieces } from './parquet-file';

const folder = testFolder();

async function texts(path: string): Promise<string[]> {
  const read: string[] = [];
  for await (const { text } of parquetPieces(path)) read.push(text);
  return read;
}

const stories = Array.from(
  { length: 2500 },
  (_, i) => `Story ${i % 1200} of Zoë 🦊. ${'Then. '.repeat(i % 7)}`,
);

type Options = Parameters<typeof parquetWriteBuffer>[0];

/** A file with the stories and another column, by hyparquet's writer: pages of version 2. */
function written(options: Partial<Options>, text: Partial<Options['columnData'][number]> = {}): string {
  const file = parquetWriteBuffer({
    columnData: [
      { name: 'id', data: stories.map((_, i) => i), type: 'INT32' },
      { name: 'text', data: stories, type: 'STRING', ...text },
      { name: 'more', data: stories.map((_, i) => ({ text: `no ${i}` })), type: 'JSON' },
    ],
    rowGroupSize: 1000,
    ...options,
  });
  return folder.write('written.parquet', new Uint8Array(file));
}

describe('a Parquet file', () => {
  it.each(['PLAIN', 'RLE_DICTIONARY', 'DELTA_LENGTH_BYTE_ARRAY', 'DELTA_BYTE_ARRAY'] as const)(
    'is read in the encoding %s, with levels and without',
    async (encoding) => {
      for (const nullable of [true, false]) {
        expect(await texts(written({ pageSize: 3000 }, { encoding, nullable }))).toEqual(stories);
      }
    },
  );

  it.each(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'ZSTD'] as const)(
    'is read compressed by %s',
    async (codec) => {
      const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Uint8Array) => Uint8Array };
      if (codec === 'ZSTD' && zstdCompressSync === undefined) return; // before Node 22.15
      const zstd = zstdCompressSync === undefined ? {} : { ZSTD: zstdCompressSync };
      const compressors = { GZIP: zlib.gzipSync, BROTLI: zlib.brotliCompressSync, ...zstd };
      expect(await texts(written({ codec, compressors }))).toEqual(stories);
    },
  );

  it('is read from pages of version 1, with a dictionary and without', async () => {
    const levels = bytes(littleEndian(2), varint(3 << 1), [1]);
    const indices = bytes([1], varint(1 << 1), [1], varint(2 << 1), [0]);
    const pages = [
      dictionaryPage(2, plain('zero', 'one')),
      page(3, bytes(levels, indices), {}, { 2: 8 }),
      page(3, bytes(levels, plain('a', '', 'ü'))),
    ];
    const path = folder.write('v1.parquet', parquetFile(pages, { rows: 6, optional: true }));
    expect(await texts(path)).toEqual(['one', 'zero', 'zero', 'a', 'ü']);
  });

  it('is refused where a row has no text, and where the column has no strings', async () => {
    const none = page(2, bytes(littleEndian(2), varint(2 << 1), [0]));
    await expect(
      texts(folder.write('null.parquet', parquetFile([none], { rows: 2, optional: true }))),
    ).rejects.toMatchObject({ code: 'data/no-text-field', message: expect.stringContaining('Row 1 of') });
    const numbers = parquetWriteBuffer({ columnData: [{ name: 'text', data: [1, 2], type: 'INT32' }] });
    await expect(texts(folder.write('numbers.parquet', new Uint8Array(numbers)))).rejects.toMatchObject({
      code: 'data/no-text-field',
    });
  });
});

/** The most that a header may claim. */
const HUGE = 2 ** 31 - 1;
const one = page(1, plain('one'));
const gzipOf = (length: number): Uint8Array => zlib.gzipSync(new Uint8Array(length));
const brotliOf = (length: number): Uint8Array => zlib.brotliCompressSync(new Uint8Array(length));
/** A page with lengths that are written as differences: blocks, packs, values, the first, then `rest`. */
const deltas = (encoding: number, values: number, ...rest: readonly number[][]): Uint8Array =>
  page(values, bytes(...rest), {}, { 2: encoding });
const inOneBlock = (first: number, values: number): number[] => [
  ...varint(128),
  ...varint(1),
  ...varint(values),
  ...zigzag(first),
];
const footerOf = (...rows: readonly (readonly number[])[]): Uint8Array =>
  withFooter(bytes('PAR1'), bytes(...rows));

/** Files that lie, by what about, and what they are told. */
const lies: Readonly<Record<string, readonly [file: Uint8Array, message: RegExp]>> = {
  'the length of a page': [
    parquetFile([page(1, gzipOf(100), { 2: HUGE })], { codec: 2 }),
    /a page claims 2147483647 bytes/,
  ],
  'the stored length of a page': [parquetFile([page(1, plain('one'), { 3: HUGE })]), /middle of a value/],
  'a negative length': [parquetFile([page(1, plain('one'), { 3: -9 })]), /claims -9 bytes/],
  'the number of values': [parquetFile([page(HUGE, plain('one'))]), /claims 2147483647 values/],
  'values within what a page may have': [
    parquetFile([page(2 ** 24, plain('one'))]),
    /bytes claim to hold more/,
  ],
  'values that are not there': [parquetFile([page(1000, plain('one'))], { rows: 1000 }), /middle of a value/],
  'the length of a value': [parquetFile([page(1, bytes(littleEndian(HUGE), 'one'))]), /middle of a value/],
  'a page of GZIP that is longer than it says': [
    parquetFile([page(1, gzipOf(2 ** 26), { 2: 10 })], { codec: 2 }),
    /10 bytes/,
  ],
  'a page of Brotli that says how long it becomes': [
    parquetFile([page(1, brotliOf(2 ** 27), { 2: 2 ** 27 })], { codec: 4 }),
    /bytes claim to hold more/,
  ],
  'a text of Brotli in many pages': [
    parquetFile(
      Array.from({ length: 9 }, () => page(1, brotliOf(2 ** 20), { 2: 2 ** 20 })),
      { codec: 4, rows: 9 * 2 ** 18 },
    ),
    /more values|claim to hold more|has \d+ values/,
  ],
  'a literal of Snappy with a negative length': [
    parquetFile([page(1, bytes(varint(8), [63 << 2], littleEndian(-8)), { 2: 8 })], { codec: 1 }),
    /middle of a value/,
  ],
  'a copy of Snappy from before its start': [
    parquetFile([page(1, bytes(varint(8), [0], 'a', [(7 << 2) | 2, 9, 0]), { 2: 8 })], { codec: 1 }),
    /repeats what is not there/,
  ],
  'the length of a page of Snappy': [
    parquetFile([page(1, bytes(varint(2 ** 20), [0], 'a'), { 2: 8 })], { codec: 1 }),
    /its header says 8/,
  ],
  'the size of a dictionary': [
    parquetFile([dictionaryPage(2 ** 20, plain('a')), one]),
    /dictionary claims 1048576 values in 5 bytes/,
  ],
  'an index of a dictionary': [
    parquetFile([dictionaryPage(1, plain('a')), page(1, bytes([8], varint(2), [7]), {}, { 2: 8 })]),
    /has no value 7/,
  ],
  'a dictionary that is not there': [
    parquetFile([page(1, bytes([8], varint(2), [7]), {}, { 2: 8 })]),
    /no dictionary/,
  ],
  'the width of indices': [
    parquetFile([dictionaryPage(1, plain('a')), page(1, bytes([255], varint(2), [7]), {}, { 2: 8 })]),
    /255 bits/,
  ],
  'empty texts without end': [
    parquetFile(
      [
        dictionaryPage(1, plain('')),
        ...Array.from({ length: 9 }, () => page(2 ** 20, bytes([0], varint(2 ** 21)), {}, { 2: 8 })),
      ],
      { rows: 9 * 2 ** 20 },
    ),
    /claim to hold more/,
  ],
  'one long text in every row': [
    parquetFile(
      [
        dictionaryPage(1, plain('long '.repeat(1000))),
        page(2 ** 16, bytes([0], varint(2 ** 17)), {}, { 2: 8 }),
      ],
      { rows: 2 ** 16 },
    ),
    /claim to hold more/,
  ],
  'the number of lengths': [
    parquetFile([
      deltas(
        6,
        2,
        inOneBlock(3, HUGE),
        [...'abc'].map((c) => c.charCodeAt(0)),
      ),
    ]),
    /2147483647 lengths for 2 values/,
  ],
  'a length below zero': [parquetFile([deltas(6, 1, inOneBlock(-3, 1))]), /the length -3/],
  'the packs of a block': [
    parquetFile([deltas(6, 2, varint(128), varint(0), varint(2), zigzag(0))]),
    /have 0 packs/,
  ],
  'more packs than bytes': [
    parquetFile([deltas(6, 2, varint(2 ** 40), varint(2 ** 37), varint(2), zigzag(0), zigzag(0))]),
    /middle of a value/,
  ],
  'the width of differences': [
    parquetFile([deltas(6, 2, inOneBlock(0, 2), zigzag(0), [64])]),
    /differences have 64 bits/,
  ],
  'a prefix of more than there was': [
    parquetFile([deltas(7, 1, inOneBlock(HUGE, 1), inOneBlock(0, 1))]),
    /begins with 2147483647 of 0 bytes/,
  ],
  'levels that are no levels': [
    parquetFile([page(1, bytes(littleEndian(2), varint(2), [9], plain('one')))], { optional: true }),
    /9 does not fit 1 bits/,
  ],
  'the rows of a row group': [parquetFile([one], { rows: 2 }), /2 rows has 1 values/],
  'rows beyond those of the row group': [parquetFile([one, one]), /more values/],
  'rows below zero': [parquetFile([one], { rows: -1 }), /no number of rows/],
  'a number that JavaScript has not': [parquetFile([one], { group: { 3: 2 ** 60 } }), /has the number/],
  'where its pages are': [parquetFile([one], { column: { 9: 2 ** 40 } }), /claims bytes 1099511627776/],
  'how long its pages are': [parquetFile([one], { column: { 7: HUGE } }), /claims bytes 4 to 2147483651/],
  'values in another file': [parquetFile([one], { chunk: { 1: '../../etc/passwd' } }), /in another file/],
  'how it is compressed': [parquetFile([one], { codec: 5 }), /codec 5/],
  'how values are written': [parquetFile([page(1, plain('one'), {}, { 2: 5 })]), /encoding 5/],
  'how many row groups it has': [footerOf([0x49, 0xfc], varint(HUGE)), /middle of a value/],
  'row groups without anything': [
    parquetFile([one], { footer: { 4: Array.from({ length: 9 }, () => ({})) } }),
    /no number of rows/,
  ],
  'lists within each other': [footerOf(Array.from({ length: 50_000 }, () => 0x19)), /deep in each other/],
  'a number without end': [
    footerOf(
      [0x16],
      Array.from({ length: 50_000 }, () => 0xff),
    ),
    /more than ten bytes/,
  ],
  'the length of its footer': [bytes('PAR1', littleEndian(HUGE), 'PAR1'), /footer claims 2147483647 bytes/],
  'what it is': [bytes('PAR1', littleEndian(0), 'PARE'), /ends with "PARE"/],
  'how long it is': [bytes('PAR1'), /has 4 bytes/],
  'an empty struct': [footerOf([0]), /./],
};

describe('a Parquet file that lies', () => {
  it.each(Object.entries(lies))(
    'about %s is refused, and gets no memory for it',
    async (name, [file, message]) => {
      const path = folder.write(`${name}.parquet`, file);
      const { elements, error } = await allocations(() => texts(path));
      expect(error).toMatchObject({
        code: expect.stringMatching(/^data\//),
        message: expect.stringMatching(message),
      });
      expect(elements).toBeLessThan(2 ** 25);
    },
  );

  it('would be read if it did not', async () => {
    const { elements, error } = await allocations(() =>
      texts(folder.write('honest.parquet', parquetFile([one]))),
    );
    expect(error).toBeUndefined();
    expect(elements).toBeGreaterThan(0);
    expect(struct({})).toEqual(bytes([0]));
  });
});
