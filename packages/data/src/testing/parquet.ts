/** Parquet files written field by field, so that a test can have each of them lie. */

/** A value of Thrift's; a struct has its fields by their numbers in parquet.thrift. */
export type Value = number | boolean | string | Uint8Array | readonly Value[] | Struct;
export interface Struct {
  readonly [field: number]: Value;
}

const encoder = new TextEncoder();

export function bytes(...parts: readonly (Uint8Array | readonly number[] | string)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => [...(typeof part === 'string' ? encoder.encode(part) : part)]),
  );
}

/** An unsigned number of seven bits a byte. */
export function varint(value: number | bigint): number[] {
  const digits: number[] = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 0x80n) return [...digits, Number(rest)];
    digits.push(Number(rest & 0x7fn) | 0x80);
  }
}

export function zigzag(value: number): number[] {
  return varint(value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value));
}

export function littleEndian(value: number): number[] {
  return [value, value >>> 8, value >>> 16, value >>> 24].map((byte) => byte & 0xff);
}

function typeOf(value: Value): number {
  if (typeof value === 'boolean') return value ? 1 : 2;
  if (typeof value === 'number') return 6;
  if (typeof value === 'string' || value instanceof Uint8Array) return 8;
  return Array.isArray(value) ? 9 : 12;
}

function encoded(value: Value): Uint8Array {
  if (typeof value === 'boolean') return bytes();
  if (typeof value === 'number') return bytes(zigzag(value));
  if (typeof value === 'string') return encoded(encoder.encode(value));
  if (value instanceof Uint8Array) return bytes(varint(value.length), value);
  if (Array.isArray(value)) {
    const elements = value as readonly Value[];
    return bytes([0xf0 | typeOf(elements[0] ?? 0)], varint(elements.length), ...elements.map(encoded));
  }
  return struct(value as Struct);
}

/** A struct in the compact protocol. */
export function struct(fields: Struct): Uint8Array {
  const each = Object.entries(fields).map(([id, value]) =>
    bytes([typeOf(value)], zigzag(Number(id)), encoded(value)),
  );
  return bytes(...each, [0]);
}

/** A page of version 1 with plain values, unless `header` says otherwise. */
export function page(
  values: number,
  body: Uint8Array,
  header: Struct = {},
  details: Struct = {},
): Uint8Array {
  const about = { 1: values, 2: 0, 3: 3, 4: 3, ...details };
  return bytes(struct({ 1: 0, 2: body.length, 3: body.length, 5: about, ...header }), body);
}

/** A page of version 1 that is a dictionary. */
export function dictionaryPage(values: number, body: Uint8Array, header: Struct = {}): Uint8Array {
  return bytes(struct({ 1: 2, 2: body.length, 3: body.length, 7: { 1: values, 2: 0 }, ...header }), body);
}

/** Values behind their lengths. */
export function plain(...texts: readonly string[]): Uint8Array {
  return bytes(...texts.flatMap((text) => [littleEndian(encoder.encode(text).length), text]));
}

export interface FileFields {
  readonly rows?: number;
  readonly codec?: number;
  readonly optional?: boolean;
  /** What the footer says else, or instead. */
  readonly footer?: Struct;
  readonly group?: Struct;
  readonly chunk?: Struct;
  readonly column?: Struct;
}

/** A file with the column `text` in one row group, of these pages. */
export function parquetFile(pages: readonly Uint8Array[], fields: FileFields = {}): Uint8Array {
  const { rows = 1, codec = 0, optional = false } = fields;
  const data = bytes('PAR1', ...pages);
  const column = { 1: 6, 3: ['text'], 4: codec, 5: rows, 7: data.length - 4, 9: 4, ...fields.column };
  const group = { 1: [{ 3: column, ...fields.chunk }], 2: data.length, 3: rows, ...fields.group };
  const schema = [
    { 4: 'schema', 5: 1 },
    { 1: 6, 3: optional ? 1 : 0, 4: 'text' },
  ];
  return withFooter(data, struct({ 1: 2, 2: schema, 3: rows, 4: [group], ...fields.footer }));
}

/** A footer behind what is before it, with its length. */
export function withFooter(data: Uint8Array, footer: Uint8Array): Uint8Array {
  return bytes(data, footer, littleEndian(footer.length), 'PAR1');
}
