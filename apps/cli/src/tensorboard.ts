/**
 * Scalars as TensorBoard reads them: a TFRecord (tensorflow.org/tutorials/load_data/tfrecord) around each `Event`
 * message of tensorflow/core/util/event.proto, written field by field, since there are five of them.
 */

/** The name of the file of a run that begins at `time`, in milliseconds since 1970. */
export function eventsFileName(time: number): string {
  return `events.out.tfevents.${Math.floor(time / 1000)}.tinyllm`;
}

/** The record that begins every file. `time` is in milliseconds since 1970. */
export function eventsHeader(time: number): Uint8Array {
  return record(concat(double(1, time / 1000), bytes(3, utf8('brain.Event:2'))));
}

/** One record with the `scalars` of a step, by name. `time` is in milliseconds since 1970. */
export function scalarsEvent(
  time: number,
  step: number,
  scalars: Readonly<Record<string, number>>,
): Uint8Array {
  const values = Object.entries(scalars).map(([tag, value]) =>
    bytes(1, concat(bytes(1, utf8(tag)), float(2, value))),
  );
  return record(concat(double(1, time / 1000), integer(2, step), bytes(5, concat(...values))));
}

/** Length and data, each with its checksum, little-endian. */
function record(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(8 + 4 + data.length + 4);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedChecksum(out.subarray(0, 8)), true);
  out.set(data, 12);
  view.setUint32(12 + data.length, maskedChecksum(data), true);
  return out;
}

/** CRC-32C (Castagnoli), rotated and shifted as TFRecord wants it. */
function maskedChecksum(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 0xff] as number);
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** Wire types of Protocol Buffers. */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

function double(field: number, value: number): Uint8Array {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setFloat64(0, value, true);
  return concat(varint((field << 3) | FIXED64), data);
}

function float(field: number, value: number): Uint8Array {
  const data = new Uint8Array(4);
  new DataView(data.buffer).setFloat32(0, value, true);
  return concat(varint((field << 3) | FIXED32), data);
}

function integer(field: number, value: number): Uint8Array {
  return concat(varint((field << 3) | VARINT), varint(value));
}

function bytes(field: number, data: Uint8Array): Uint8Array {
  return concat(varint((field << 3) | LENGTH), varint(data.length), data);
}

/** A non-negative integer below 2⁵³, seven bits a byte, the lowest first. */
function varint(value: number): Uint8Array {
  const out: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) out.push((value % 128) | 128);
  return Uint8Array.from([...out, value]);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
