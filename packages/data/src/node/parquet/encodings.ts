/** How values are written in a page (apache/parquet-format, Encodings.md), of byte arrays and of numbers about them. */
import { Cursor } from './cursor';

/** Bits of the widest difference: one of two lengths needs 33. */
const WIDEST = 40;
/** The longest value: a page holds it. */
const LONGEST = 2 ** 31;

/** Numbers of `width` bits in runs and in packs of eight; of the last run or pack, what `count` leaves. */
export function* runsAndPacks(
  cursor: Cursor,
  width: number,
  count: number,
): Generator<number, void, undefined> {
  if (width > 32) throw new Error(`numbers have ${width} bits`);
  for (let left = count; left > 0; ) {
    const head = cursor.varint();
    const packs = (head - 1) / 2;
    const isRun = head % 2 === 0;
    const length = Math.min(left, isRun ? head / 2 : packs * 8);
    if (isRun) {
      const value = cursor.littleEndian(Math.ceil(width / 8));
      if (value >= 2 ** width) throw new Error(`${value} does not fit ${width} bits`);
      for (let i = 0; i < length; i++) yield value;
    } else {
      const bytes = cursor.take(Math.min(packs * width, cursor.left)); // a last pack may be cut short
      for (let i = 0; i < length; i++) yield bitsAt(bytes, i * width, width);
    }
    left -= length;
  }
}

/** The number of `width` bits that starts at a bit, lowest first. */
function bitsAt(bytes: Uint8Array, bit: number, width: number): number {
  let value = 0;
  for (let done = 0; done < width; ) {
    const place = (bit + done) % 8;
    const bits = Math.min(8 - place, width - done);
    const byte = bytes[Math.floor((bit + done) / 8)];
    if (byte === undefined) throw new Error('a pack of numbers is cut short');
    value += ((byte >> place) & ((1 << bits) - 1)) * 2 ** done;
    done += bits;
  }
  return value;
}

/** Lengths that are written as differences (DELTA_BINARY_PACKED), `count` of them. */
function lengths(cursor: Cursor, count: number): Int32Array {
  const block = cursor.varint();
  const packs = cursor.varint();
  const announced = cursor.varint();
  const size = block / packs;
  let value = cursor.zigzag();
  if (announced !== count) throw new Error(`a page has ${announced} lengths for ${count} values`);
  if (!(size > 0 && size % 8 === 0)) throw new Error(`blocks of ${block} lengths have ${packs} packs`);
  const all = new Int32Array(count);
  if (count > 0) all[0] = checkLength(value);
  for (let i = 1; i < count; ) {
    const least = cursor.zigzag();
    const widths = cursor.take(packs);
    for (const width of widths) {
      if (i >= count) break; // the packs that are not needed are not there
      if (width > WIDEST) throw new Error(`differences have ${width} bits`);
      const bytes = cursor.take((size * width) / 8);
      for (let bit = 0; bit < size * Math.max(width, 1) && i < count; bit += Math.max(width, 1)) {
        value += least + bitsAt(bytes, bit, width);
        all[i++] = checkLength(value);
      }
    }
  }
  return all;
}

function checkLength(value: number): number {
  if (value >= 0 && value < LONGEST) return value;
  throw new Error(`a value has the length ${value}`);
}

/** `count` values, each behind its length (PLAIN). */
export function* plain(cursor: Cursor, count: number): Generator<Uint8Array, void, undefined> {
  for (let i = 0; i < count; i++) yield cursor.take(cursor.littleEndian(4));
}

/** `count` values behind all of their lengths (DELTA_LENGTH_BYTE_ARRAY). */
export function* afterLengths(cursor: Cursor, count: number): Generator<Uint8Array, void, undefined> {
  for (const length of lengths(cursor, count)) yield cursor.take(length);
}

/** `count` values, each beginning with so many bytes of the one before (DELTA_BYTE_ARRAY). */
export function* afterPrefixes(cursor: Cursor, count: number): Generator<Uint8Array, void, undefined> {
  const prefixes = lengths(cursor, count);
  let value = new Uint8Array();
  let i = 0;
  for (const suffix of afterLengths(cursor, count)) {
    const prefix = prefixes[i++] ?? 0;
    if (prefix > value.length) throw new Error(`a value begins with ${prefix} of ${value.length} bytes`);
    const next = new Uint8Array(prefix + suffix.length);
    next.set(value.subarray(0, prefix));
    next.set(suffix, prefix);
    yield next;
    value = next;
  }
}

/** A dictionary: `count` values, each behind its length, which are read when they are asked for. */
export function dictionary(bytes: Uint8Array, count: number): (index: number) => Uint8Array {
  if (count * 4 > bytes.length)
    throw new Error(`a dictionary claims ${count} values in ${bytes.length} bytes`);
  const cursor = new Cursor(bytes);
  const starts = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) {
    cursor.take(cursor.littleEndian(4));
    starts[i + 1] = cursor.read;
  }
  return (index) => {
    const start = starts[index];
    const end = starts[index + 1];
    if (start === undefined || end === undefined)
      throw new Error(`a dictionary of ${count} has no value ${index}`);
    return bytes.subarray(start + 4, end);
  };
}
