/** The safetensors file format (github.com/huggingface/safetensors): a JSON header, then raw little-endian values. */
import { TinyllmError } from '@tinyllm/common';
import {
  bytesOf,
  bytesUnder,
  checkFloatDtype,
  type Dtype,
  decode,
  encode,
  type FloatDtype,
  sizeOf,
} from './dtypes';

/** Values of a tensor with their shape, row-major. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes that are read a part at a time: those in memory, or a file's. */
export interface ByteSource {
  readonly size: number;
  /** The bytes from `start` to before `end`, in `into` where it is given, which has as many. */
  read(start: number, end: number, into?: Uint8Array): Uint8Array;
}

/** Tensors that are read one at a time, so that all of them never need to be in memory. */
export interface TensorSource {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /**
   * Values of one of `shapes`: where they are floats and `into` is given, which has as many, they are put there. Throws
   * `safetensors/unsupported-dtype`.
   */
  read(name: string, into?: Float32Array): StoredTensor;
}

/** The format's own limit. */
const MAX_HEADER_BYTES = 100_000_000;
/** Names that mean something else to a JavaScript object. */
const RESERVED = ['__proto__', 'constructor', 'prototype'];

interface Entry {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * The bytes of a safetensors file with these tensors, in their order; floats as `dtype`. Throws
 * `safetensors/unsupported-dtype`.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
  dtype: FloatDtype = 'F32',
): Uint8Array<ArrayBuffer> {
  checkFloatDtype(dtype);
  const entries = [...tensors].map(
    ([name, { shape, data }]) => [name, shape, data instanceof Float32Array ? dtype : 'I32'] as const,
  );
  const header = safetensorsHeader(entries, metadata);
  const size = entries.reduce((sum, [, shape, as]) => sum + sizeOf(shape) * bytesOf[as], header.length);
  const file = new Uint8Array(size);
  file.set(header);
  let at = header.length;
  for (const { data } of tensors.values()) {
    const bytes = encode(data, dtype);
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

/** The bytes before the values of tensors of these names, shapes and dtypes, which follow in this order. */
export function safetensorsHeader(
  tensors: Iterable<readonly [name: string, shape: readonly number[], dtype: Dtype]>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const entries: [string, unknown][] = [['__metadata__', metadata]];
  let end = 0;
  for (const [name, shape, dtype] of tensors) {
    const start = end;
    end += sizeOf(shape) * bytesOf[dtype];
    entries.push([name, { dtype, shape, data_offsets: [start, end] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const length = Math.ceil(json.length / 8) * 8; // values start at a multiple of 8
  const header = new Uint8Array(8 + length).fill(0x20, 8);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, 8);
  return header;
}

/**
 * The tensors of a safetensors file. Reads F32, F16 and BF16 as Float32Array, and I32. Throws `safetensors/invalid` on
 * a file that breaks the format and `safetensors/unsupported-dtype`, saying where.
 */
export function readSafetensors(bytes: Uint8Array | ArrayBuffer): Safetensors {
  const source = openSafetensors(bytesSource(bytes));
  const names = [...source.shapes.keys()];
  return { tensors: new Map(names.map((name) => [name, source.read(name)])), metadata: source.metadata };
}

/** Bytes in memory as a source; each part is a copy. Throws `safetensors/invalid` for what is no bytes. */
export function bytesSource(memory: Uint8Array | ArrayBuffer): ByteSource {
  if (!(memory instanceof Uint8Array || memory instanceof ArrayBuffer))
    throw invalid(
      `expected its bytes, a Uint8Array or ArrayBuffer, but got ${memory === null ? 'null' : typeof memory}`,
    );
  const bytes = memory instanceof Uint8Array ? memory : new Uint8Array(memory);
  return {
    size: bytes.length,
    read(start, end, into = new Uint8Array(end - start)) {
      into.set(bytes.subarray(start, end));
      return into;
    },
  };
}

/**
 * Opens a safetensors file by its header, all of which is checked: nothing that it claims is believed before the file
 * is seen to have it. Throws `safetensors/invalid`.
 */
export function openSafetensors(
  source: ByteSource,
): TensorSource & { readonly metadata: Readonly<Record<string, string>> } {
  const { header, start } = readHeader(source);
  const { __metadata__: metadata = {}, ...rest } = header;
  const available = source.size - start;
  const entries = Object.entries(rest).map(([name, value]) => [name, checkEntry(name, value)] as const);
  entries.sort(
    ([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
  );
  let end = 0;
  for (const [name, { dtype, shape, data_offsets }] of entries) {
    const needed = shape.reduce((product, side) => product * side, bytesOf[dtype]);
    if (data_offsets[0] !== end)
      throw invalid(`${name} starts at ${data_offsets[0]}, not where the last ended (${end})`);
    end = data_offsets[1];
    if (end - data_offsets[0] !== needed) {
      throw invalid(`${name} [${shape}] needs ${needed} bytes and has ${end - data_offsets[0]}`);
    }
    if (end > available) throw invalid(`${name} ends at byte ${end} of ${available}: the file is cut short`);
  }
  if (end !== available) throw invalid(`${available - end} bytes follow the last tensor`);
  const found = new Map(entries);
  return {
    metadata: checkMetadata(metadata),
    shapes: new Map(entries.map(([name, { shape }]) => [name, shape])),
    read(name, into) {
      const { dtype, shape, data_offsets } = found.get(name) as Entry;
      // what is stored as it is computed with needs no room but its own
      const room = into && dtype === 'F32' ? bytesUnder(into) : undefined;
      const bytes = source.read(start + data_offsets[0], start + data_offsets[1], room);
      const data = decode(name, dtype, bytes);
      if (room === undefined && data instanceof Float32Array) into?.set(data);
      return { shape, data: data instanceof Float32Array && into ? into : data };
    },
  };
}

function readHeader(source: ByteSource): { header: Record<string, unknown>; start: number } {
  if (source.size < 8) throw invalid(`it has ${source.size} bytes, and a header length alone takes 8`);
  const first = source.read(0, 8);
  const length = new DataView(first.buffer, first.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES || Number(length) > source.size - 8) {
    throw invalid(`its header claims ${length} bytes, and the file has ${source.size}`);
  }
  const start = 8 + Number(length);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(source.read(8, start)));
  } catch (cause) {
    throw invalid('its header is not JSON', cause);
  }
  if (!isRecord(header)) throw invalid('its header is not an object');
  const reserved = RESERVED.find((name) => Object.hasOwn(header as object, name));
  if (reserved !== undefined) throw invalid(`a tensor is called ${reserved}`);
  return { header, start };
}

function checkEntry(name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = (isRecord(value) ? value : {}) as Partial<Entry>;
  const whole = (values: unknown): boolean =>
    Array.isArray(values) && values.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (typeof dtype !== 'string' || !whole(shape) || !whole(offsets) || offsets?.length !== 2) {
    throw invalid(`${name} needs a dtype, a shape and two data_offsets`);
  }
  if (!Object.hasOwn(bytesOf, dtype)) throw invalid(`${name} has the unknown dtype ${dtype}`);
  return value as Entry;
}

function checkMetadata(metadata: unknown): Readonly<Record<string, string>> {
  if (isRecord(metadata) && Object.values(metadata).every((value) => typeof value === 'string'))
    return metadata as Record<string, string>;
  throw invalid('its __metadata__ is not an object of strings');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(problem: string, cause?: unknown): TinyllmError {
  return new TinyllmError(
    'safetensors/invalid',
    `This is not a whole safetensors file: ${problem}. Download or save it again.`,
    { cause },
  );
}
