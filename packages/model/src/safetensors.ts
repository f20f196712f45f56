/** The safetensors file format (github.com/huggingface/safetensors): a JSON header, then raw little-endian values. */
import { TinyllmError } from '@tinyllm/common';

/** Values of a tensor with their shape, row-major. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The format's own limit. */
const MAX_HEADER_BYTES = 100_000_000;

const arrayTypes = { F32: Float32Array, I32: Int32Array } as const;
type Dtype = keyof typeof arrayTypes;

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** The bytes of a safetensors file with these tensors, in their order. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): Uint8Array<ArrayBuffer> {
  const entries: [string, unknown][] = [['__metadata__', metadata]];
  let end = 0;
  for (const [name, { shape, data }] of tensors) {
    const start = end;
    end += data.byteLength;
    const dtype = data instanceof Float32Array ? 'F32' : 'I32';
    entries.push([name, { dtype, shape, data_offsets: [start, end] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const headerBytes = Math.ceil(json.length / 8) * 8; // values start at a multiple of 8
  const file = new Uint8Array(8 + headerBytes + end).fill(0x20, 8, 8 + headerBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.set(json, 8);
  let at = 8 + headerBytes;
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/**
 * The tensors of a safetensors file, copied out of `bytes`. Reads F32 and I32. Throws `safetensors/invalid` on a
 * file that breaks the format and `safetensors/unsupported-dtype`, saying where.
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const { header, start } = readHeader(bytes);
  const { __metadata__: metadata = {}, ...entries } = header as Record<string, never>;
  const available = bytes.length - start;
  const tensors = new Map<string, StoredTensor>();
  let end = 0;
  for (const [name, value] of Object.entries(entries).sort(byOffset)) {
    const { dtype, shape, data_offsets } = checkEntry(name, value);
    const ArrayType = arrayTypes[dtype];
    const size = shape.reduce((product, side) => product * side, 1);
    if (data_offsets[0] !== end)
      throw invalid(`${name} starts at ${data_offsets[0]}, not where the last ended (${end})`);
    end = data_offsets[1];
    if (end - data_offsets[0] !== size * 4) {
      throw invalid(`${name} [${shape}] needs ${size * 4} bytes and has ${end - data_offsets[0]}`);
    }
    if (end > available) throw invalid(`${name} ends at byte ${end} of ${available}: the file is cut short`);
    const data = new ArrayType(size);
    new Uint8Array(data.buffer).set(bytes.subarray(start + data_offsets[0], start + end));
    tensors.set(name, { shape, data });
  }
  if (end !== available) throw invalid(`${available - end} bytes follow the last tensor`);
  return { tensors, metadata };
}

function readHeader(bytes: Uint8Array): { header: unknown; start: number } {
  if (bytes.length < 8) throw invalid(`it has ${bytes.length} bytes, and a header length alone takes 8`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES || Number(length) > bytes.length - 8) {
    throw invalid(`its header claims ${length} bytes, and the file has ${bytes.length}`);
  }
  const start = 8 + Number(length);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start)));
  } catch (cause) {
    throw invalid('its header is not JSON', cause);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw invalid('its header is not an object');
  return { header, start };
}

function checkEntry(name: string, value: unknown): HeaderEntry & { dtype: Dtype } {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Partial<HeaderEntry>;
  const whole = (values: unknown): boolean =>
    Array.isArray(values) && values.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (typeof dtype !== 'string' || !whole(shape) || !whole(offsets) || offsets?.length !== 2) {
    throw invalid(`${name} needs a dtype, a shape and two data_offsets`);
  }
  if (!(dtype in arrayTypes)) {
    throw new TinyllmError(
      'safetensors/unsupported-dtype',
      `${name} has dtype ${dtype}, and only ${Object.keys(arrayTypes).join(' and ')} are read. Convert the file first.`,
    );
  }
  return value as HeaderEntry & { dtype: Dtype };
}

function byOffset(
  [, a]: [string, HeaderEntry | undefined],
  [, b]: [string, HeaderEntry | undefined],
): number {
  return (a?.data_offsets?.[0] ?? 0) - (b?.data_offsets?.[0] ?? 0);
}

function invalid(problem: string, cause?: unknown): TinyllmError {
  return new TinyllmError(
    'safetensors/invalid',
    `This is not a whole safetensors file: ${problem}. Download or save it again.`,
    { cause },
  );
}
