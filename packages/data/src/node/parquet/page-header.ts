/** The header before each page of a column (apache/parquet-format, parquet.thrift). */
import type { Cursor } from './cursor';
import { boolean, type Field, integer, skip, struct } from './thrift';

/** Bytes of the largest page, decompressed. Writers make pages of about a megabyte, and at least one text long. */
const LARGEST_PAGE = 2 ** 28;
/** Values of the longest page. */
const MOST_VALUES = 2 ** 24;

/** Numbers of `PageType`. */
export const DATA_PAGE = 0;
export const DICTIONARY_PAGE = 2;
export const DATA_PAGE_V2 = 3;

export interface PageHeader {
  /** A number of `PageType`. */
  readonly type: number;
  /** Bytes behind the header. */
  readonly stored: number;
  /** Bytes that they become. */
  readonly length: number;
  /** Values, nulls among them. */
  readonly values: number;
  /** A number of `Encoding`. */
  readonly encoding: number;
  /** A number of `Encoding`, of a page of version 1. */
  readonly levelEncoding: number;
  /** Bytes of levels before the values of a page of version 2. They are never compressed. */
  readonly levels: { readonly repetition: number; readonly definition: number };
  /** Whether a page of version 2 is compressed. */
  readonly compressed: boolean;
}

/** What each kind of page says about itself, by the field that has it, then by field: the numbers that we use. */
const details: Readonly<Record<number, Readonly<Record<number, string>>>> = {
  5: { 1: 'values', 2: 'encoding', 3: 'levelEncoding' },
  7: { 1: 'values', 2: 'encoding' },
  8: { 1: 'values', 4: 'encoding', 5: 'definition', 6: 'repetition' },
};
const common: Readonly<Record<number, string>> = { 1: 'type', 2: 'length', 3: 'stored' };

export function readPageHeader(cursor: Cursor): PageHeader {
  const numbers: Record<string, number> = {};
  let compressed = true;
  const read = (field: Field, names: Readonly<Record<number, string>>): void => {
    const name = names[field.id];
    if (name === undefined) skip(cursor, field);
    else numbers[name] = integer(cursor, field);
  };
  for (const field of struct(cursor)) {
    const names = details[field.id];
    if (names === undefined) read(field, common);
    else {
      for (const inner of struct(cursor, field)) {
        if (field.id === 8 && inner.id === 7) compressed = boolean(inner);
        else read(inner, names);
      }
    }
  }
  const { type = -1, values = 0, encoding = 0, levelEncoding = -1, definition = 0, repetition = 0 } = numbers;
  const { length = -1, stored = -1 } = numbers;
  checkCount(length, 'bytes', LARGEST_PAGE);
  checkCount(values, 'values', MOST_VALUES);
  checkCount(stored, 'bytes in the file', Number.MAX_SAFE_INTEGER);
  checkCount(definition, 'bytes of levels', length);
  checkCount(repetition, 'bytes of levels', length - definition);
  return {
    type,
    stored,
    length,
    values,
    encoding,
    levelEncoding,
    levels: { definition, repetition },
    compressed,
  };
}

function checkCount(count: number, what: string, most: number): void {
  if (!(count >= 0 && count <= most)) throw new Error(`a page claims ${count} ${what}, and may have ${most}`);
}
