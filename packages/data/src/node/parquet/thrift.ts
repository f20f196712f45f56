/**
 * Thrift's compact protocol, in which Parquet's footer and page headers are written (apache/thrift,
 * doc/specs/thrift-compact-protocol.md). Values are pulled one by one, so that nothing is allocated for what a file
 * only announces, and what is not asked for is passed over.
 */
import type { Cursor } from './cursor';

/** A field of a struct or an element of a list, whose value comes next: read it or skip it before the next one. */
export interface Field {
  /** The field's number in Parquet's definition (parquet.thrift), or the element's index. */
  readonly id: number;
  readonly type: number;
}

const STOP = 0;
const TRUE = 1;
const FALSE = 2;
const BYTE = 3;
const I16 = 4;
const I32 = 5;
const I64 = 6;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const SET = 10;
const STRUCT = 12;

/** Structs and lists within each other; Parquet's own need seven. */
const DEEPEST = 32;

/** The fields of the struct that comes next; without `field`, of the outermost one. */
export function* struct(cursor: Cursor, field?: Field): Generator<Field, void, undefined> {
  if (field !== undefined) expect(field, STRUCT);
  for (let id = 0; ; ) {
    const head = cursor.byte();
    const type = head & 0x0f;
    if (type === STOP) return;
    const step = head >> 4;
    id = step === 0 ? cursor.zigzag() : id + step;
    yield { id, type };
  }
}

/** The elements of the list that comes next. */
export function* list(cursor: Cursor, field: Field): Generator<Field, void, undefined> {
  expect(field, LIST, SET);
  const head = cursor.byte();
  const element = head & 0x0f;
  const type = element === TRUE || element === FALSE ? BYTE : element; // in a list, a boolean has a byte of its own
  const length = head >> 4 === 15 ? cursor.varint() : head >> 4;
  for (let id = 0; id < length; id++) yield { id, type };
}

/** A whole number that JavaScript has exactly. */
export function integer(cursor: Cursor, field: Field): number {
  expect(field, I16, I32, I64);
  const value = cursor.zigzag();
  if (Number.isSafeInteger(value)) return value;
  throw new Error(`its field ${field.id} has the number ${value}`);
}

export function boolean(field: Field): boolean {
  expect(field, TRUE, FALSE);
  return field.type === TRUE;
}

/** Bytes or text, not copied. */
export function binary(cursor: Cursor, field: Field): Uint8Array {
  expect(field, BINARY);
  return cursor.take(cursor.varint());
}

/** Passes over a value of any kind. */
export function skip(cursor: Cursor, field: Field, depth = 0): void {
  if (depth > DEEPEST) throw new Error(`its values lie more than ${DEEPEST} deep in each other`);
  switch (field.type) {
    case TRUE:
    case FALSE:
      return;
    case BYTE:
      cursor.take(1);
      return;
    case I16:
    case I32:
    case I64:
      cursor.varint();
      return;
    case DOUBLE:
      cursor.take(8);
      return;
    case BINARY:
      cursor.take(cursor.varint());
      return;
    case LIST:
    case SET:
      for (const element of list(cursor, field)) skip(cursor, element, depth + 1);
      return;
    case STRUCT:
      for (const inner of struct(cursor, field)) skip(cursor, inner, depth + 1);
      return;
    default:
      throw new Error(`its field ${field.id} is of the unknown type ${field.type}`);
  }
}

function expect({ id, type }: Field, ...types: readonly number[]): void {
  if (!types.includes(type)) throw new Error(`its field ${id} is of type ${type}, not ${types.join(' or ')}`);
}
