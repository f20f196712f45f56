/** The values of a column, page by page. */
import { Cursor, OutOfBytes } from './cursor';
import { decompress } from './decompress';
import { afterLengths, afterPrefixes, dictionary, plain, runsAndPacks } from './encodings';
import type { Chunk } from './footer';
import { DATA_PAGE, DATA_PAGE_V2, DICTIONARY_PAGE, type PageHeader, readPageHeader } from './page-header';
import type { Work } from './work';

/** Numbers of `Encoding`. */
const PLAIN = 0;
const PLAIN_DICTIONARY = 2;
const RLE = 3;
const DELTA_LENGTH_BYTE_ARRAY = 6;
const DELTA_BYTE_ARRAY = 7;
const RLE_DICTIONARY = 8;

/** Bytes in which a header is looked for first, and at most: there may be statistics in it. */
const HEADER = 2 ** 10;
const LARGEST_HEADER = 2 ** 25;

/** The bytes of a file from `start` to `end`. */
export type ReadBytes = (start: number, end: number) => Promise<Uint8Array>;
/** A value of a dictionary. */
type Lookup = (index: number) => Uint8Array;

export interface Column extends Chunk {
  /** Whether it has a value in each row, so that no levels say where there is none. */
  readonly required: boolean;
}

/** For each page, its values in order; `undefined` for a null. Use up one before you ask for the next. */
export async function* pagesOf(
  column: Column,
  read: ReadBytes,
  work: Work,
): AsyncGenerator<Iterable<Uint8Array | undefined>, void, undefined> {
  let lookup: Lookup | undefined;
  for (let at = column.start; at < column.end; ) {
    const [header, size] = await headerAt(at, column.end, read);
    at += size;
    if (header.stored > column.end - at) throw new OutOfBytes();
    if (header.type === DATA_PAGE || header.type === DATA_PAGE_V2 || header.type === DICTIONARY_PAGE) {
      work.spend(size + header.length + header.values); // before there is memory for them
      const stored = await read(at, at + header.stored);
      if (header.type === DICTIONARY_PAGE) {
        lookup = dictionary(decompress(column.codec, stored, header.length), header.values);
      } else {
        yield valuesOf(header, stored, column, lookup);
      }
    }
    at += header.stored;
  }
}

async function headerAt(
  at: number,
  end: number,
  read: ReadBytes,
): Promise<[header: PageHeader, size: number]> {
  for (let window = HEADER; ; window *= 32) {
    const cursor = new Cursor(await read(at, Math.min(end, at + window)));
    try {
      const header = readPageHeader(cursor);
      return [header, cursor.read];
    } catch (error) {
      if (!(error instanceof OutOfBytes && at + window < end && window < LARGEST_HEADER)) throw error;
    }
  }
}

function* valuesOf(
  header: PageHeader,
  stored: Uint8Array,
  column: Column,
  lookup: Lookup | undefined,
): Generator<Uint8Array | undefined, void, undefined> {
  const { levels, data } =
    header.type === DATA_PAGE ? version1(header, stored, column) : version2(header, stored, column);
  if (levels === undefined) {
    yield* decode(header.encoding, data, header.values, lookup);
    return;
  }
  const present = new Uint8Array(header.values);
  let length = 0;
  let at = 0;
  for (const level of runsAndPacks(new Cursor(levels), 1, header.values)) {
    present[at++] = level;
    length += level;
  }
  const values = decode(header.encoding, data, length, lookup);
  for (const level of present) yield level === 0 ? undefined : (values.next().value ?? undefined);
}

/** Where a page has nulls, one bit a value: whether there is one; and the values that there are. */
interface Contents {
  readonly levels: Uint8Array | undefined;
  readonly data: Uint8Array;
}

function version1(
  { length, levelEncoding }: PageHeader,
  stored: Uint8Array,
  { codec, required }: Column,
): Contents {
  const cursor = new Cursor(decompress(codec, stored, length));
  if (!required && levelEncoding !== RLE) throw new Error(`its levels have the encoding ${levelEncoding}`);
  const levels = required ? undefined : cursor.take(cursor.littleEndian(4));
  return { levels, data: cursor.take(cursor.left) };
}

function version2(header: PageHeader, stored: Uint8Array, { codec, required }: Column): Contents {
  const { definition, repetition } = header.levels;
  const cursor = new Cursor(stored);
  cursor.take(repetition);
  const levels = cursor.take(definition);
  const rest = cursor.take(cursor.left);
  const data = header.compressed ? decompress(codec, rest, header.length - repetition - definition) : rest;
  return { levels: required ? undefined : levels, data };
}

function* decode(
  encoding: number,
  data: Uint8Array,
  length: number,
  lookup: Lookup | undefined,
): Generator<Uint8Array, void, undefined> {
  const cursor = new Cursor(data);
  switch (encoding) {
    case PLAIN:
      yield* plain(cursor, length);
      return;
    case PLAIN_DICTIONARY:
    case RLE_DICTIONARY:
      if (length === 0) return;
      if (lookup === undefined) throw new Error('a page has no dictionary before it');
      for (const index of runsAndPacks(cursor, cursor.byte(), length)) yield lookup(index);
      return;
    case DELTA_LENGTH_BYTE_ARRAY:
      yield* afterLengths(cursor, length);
      return;
    case DELTA_BYTE_ARRAY:
      yield* afterPrefixes(cursor, length);
      return;
    default:
      throw new Error(`its values have the encoding ${encoding}`);
  }
}
