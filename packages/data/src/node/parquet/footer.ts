/** The footer of a Parquet file (apache/parquet-format, parquet.thrift): where the values of its `text` column lie. */
import { Cursor } from './cursor';
import { binary, type Field, integer, list, skip, struct } from './thrift';

/** Row groups of the largest file; their places are kept in memory. */
const MOST_GROUPS = 2 ** 17;
/** Elements of the largest schema. */
const MOST_ELEMENTS = 2 ** 16;

/** What the footer calls a column of strings. */
const BYTE_ARRAY = 6;
const REQUIRED = 0;
const REPEATED = 2;

/** The part of a column that belongs to one row group. */
export interface Chunk {
  /** A number of `CompressionCodec`. */
  readonly codec: number;
  /** The bytes of the file that are its pages. */
  readonly start: number;
  readonly end: number;
}

export interface RowGroup {
  readonly rows: number;
  readonly text: Chunk;
}

export interface Footer {
  /** The names of the columns that are values, not structs or lists. */
  readonly columns: readonly string[];
  /** The column `text`, where there is one of strings. */
  readonly text?: { readonly required: boolean };
  /** Where there is such a column, in the file's order. */
  readonly groups: readonly RowGroup[];
}

interface Element {
  readonly name: string;
  readonly children: number;
  readonly type: number | undefined;
  readonly repetition: number | undefined;
}

/** Reads `bytes`, the footer without its length, of a file of `size` bytes. */
export function readFooter(bytes: Uint8Array, size: number): Footer {
  const { columns, text } = findText(readSchema(new Cursor(bytes)));
  if (text === undefined) return { columns, groups: [] };
  return {
    columns,
    text: { required: text.repetition === REQUIRED },
    groups: readGroups(new Cursor(bytes), text.leaf, size),
  };
}

function readGroups(cursor: Cursor, leaf: number, size: number): RowGroup[] {
  const groups: RowGroup[] = [];
  for (const field of struct(cursor)) {
    if (field.id !== 4) skip(cursor, field);
    else {
      for (const group of list(cursor, field)) {
        if (groups.length === MOST_GROUPS) throw new Error(`it has more than ${MOST_GROUPS} row groups`);
        groups.push(readGroup(cursor, group, leaf, size));
      }
    }
  }
  return groups;
}

/** Of the footer no more than the schema. */
function readSchema(cursor: Cursor): Element[] {
  const schema: Element[] = [];
  for (const field of struct(cursor)) {
    if (field.id !== 2) skip(cursor, field);
    else {
      for (const element of list(cursor, field)) {
        if (schema.length === MOST_ELEMENTS)
          throw new Error(`its schema has more than ${MOST_ELEMENTS} elements`);
        schema.push(readElement(cursor, element));
      }
    }
  }
  return schema;
}

function readElement(cursor: Cursor, element: Field): Element {
  const numbers: Record<number, number> = {};
  let name = '';
  for (const field of struct(cursor, element)) {
    if (field.id === 4) name = new TextDecoder().decode(binary(cursor, field));
    else if (field.id === 1 || field.id === 3 || field.id === 5) numbers[field.id] = integer(cursor, field);
    else skip(cursor, field);
  }
  const { 1: type, 3: repetition, 5: children = 0 } = numbers;
  return { name, children, type, repetition };
}

interface TextElement {
  readonly repetition: number | undefined;
  /** Which of the schema's leaves it is: a row group lists its columns in that order. */
  readonly leaf: number;
}

/** The columns of a schema, which is a tree written depth first, and the one that is `text`. */
function findText([, ...elements]: readonly Element[]): { columns: string[]; text?: TextElement } {
  const columns: string[] = [];
  let text: TextElement | undefined;
  let leaf = 0;
  let inner = 0; // elements still to come that lie within the last column
  for (const { name, type, repetition, children } of elements) {
    const isColumn = inner === 0;
    inner = Math.max(0, inner - 1) + children;
    if (type === undefined) continue;
    if (isColumn) columns.push(name);
    if (isColumn && name === 'text' && type === BYTE_ARRAY && repetition !== REPEATED)
      text ??= { repetition, leaf };
    leaf++;
  }
  return { columns, ...(text === undefined ? {} : { text }) };
}

function readGroup(cursor: Cursor, group: Field, leaf: number, size: number): RowGroup {
  let rows: number | undefined;
  let text: Chunk | undefined;
  for (const field of struct(cursor, group)) {
    if (field.id === 3) rows = integer(cursor, field);
    else if (field.id !== 1) skip(cursor, field);
    else {
      for (const column of list(cursor, field)) {
        if (column.id === leaf) text = readChunk(cursor, column, size);
        else skip(cursor, column);
      }
    }
  }
  if (rows === undefined || rows < 0 || text === undefined) {
    throw new Error('a row group has no number of rows, or no column text');
  }
  return { rows, text };
}

function readChunk(cursor: Cursor, column: Field, size: number): Chunk {
  const numbers: Record<number, number> = {};
  for (const field of struct(cursor, column)) {
    if (field.id === 1) throw new Error('its values are in another file');
    if (field.id !== 3) skip(cursor, field);
    else {
      for (const inner of struct(cursor, field)) {
        if ([1, 4, 7, 9, 11].includes(inner.id)) numbers[inner.id] = integer(cursor, inner);
        else skip(cursor, inner);
      }
    }
  }
  const { 1: type, 4: codec, 7: length, 9: data, 11: dictionary } = numbers;
  if (type !== BYTE_ARRAY || codec === undefined || length === undefined || data === undefined) {
    throw new Error('a row group does not say what its column text is, or where');
  }
  const start = dictionary ? Math.min(dictionary, data) : data; // some writers say 0 where there is none
  if (!(start >= 0 && length >= 0 && start + length <= size)) {
    throw new Error(`it claims bytes ${start} to ${start + length}, and has ${size}`);
  }
  return { codec, start, end: start + length };
}
