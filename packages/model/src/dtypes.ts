/** Number formats of model files. All are little-endian, as is every machine that runs this. */
import { TinyllmError } from '@tinyllm/common';

/** Bytes of a value of each dtype that safetensors knows. */
export const bytesOf = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
} as const;

export type Dtype = keyof typeof bytesOf;

/** In which formats floats can be written: float32, IEEE half precision, or the upper half of a float32. */
export type FloatDtype = 'F32' | 'F16' | 'BF16';

/** Throws `safetensors/unsupported-dtype` for what floats cannot be written in. */
export function checkFloatDtype(dtype: FloatDtype): void {
  if (['F32', 'F16', 'BF16'].includes(dtype)) return;
  throw new TinyllmError(
    'safetensors/unsupported-dtype',
    `dtype must be "F32", "F16" or "BF16", but is ${JSON.stringify(dtype)}.`,
  );
}

/** Number of values of one `shape`. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** Values of `bytes`. Throws `safetensors/unsupported-dtype` for what is not F32, F16, BF16 or I32. */
export function decode(name: string, dtype: Dtype, bytes: Uint8Array): Float32Array | Int32Array {
  const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes); // slice of a Buffer does not copy
  const length = bytes.length / bytesOf[dtype];
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer, byteOffset, length);
    case 'I32':
      return new Int32Array(buffer, byteOffset, length);
    case 'F16':
      return mapped(new Uint16Array(buffer, byteOffset, length), new Float32Array(length), fromHalf);
    case 'BF16': {
      const bits = new Uint32Array(length);
      mapped(new Uint16Array(buffer, byteOffset, length), bits, (half) => half << 16);
      return new Float32Array(bits.buffer);
    }
    default:
      throw new TinyllmError(
        'safetensors/unsupported-dtype',
        `${name} has dtype ${dtype}, and only F32, F16, BF16 and I32 are read. Convert the file first.`,
      );
  }
}

/** `values` in a format of floats, rounded to the nearest, to even between two. Integers stay what they are. */
export function encode(values: Float32Array | Int32Array, dtype: FloatDtype): Uint8Array {
  if (dtype === 'F32' || values instanceof Int32Array) {
    return bytesUnder(values);
  }
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = mapped(bits, new Uint16Array(bits.length), dtype === 'BF16' ? toBrainHalf : toHalf);
  return new Uint8Array(halves.buffer);
}

/** `into`, filled: `from` with a function makes a list of all values first, eight bytes each. */
function mapped<Into extends Uint16Array | Uint32Array | Float32Array>(
  values: Uint16Array | Uint32Array,
  into: Into,
  convert: (value: number) => number,
): Into {
  for (let i = 0; i < values.length; i++) into[i] = convert(values[i] as number);
  return into;
}

/** The bytes that hold `values`: the same memory. */
export function bytesUnder(values: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** A float32's bits to bfloat16's. */
function toBrainHalf(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40; // NaN stays one
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** A float32's bits to those of IEEE 754 half precision. */
function toHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65,520 and more round to infinity
  const exponent = (magnitude >>> 23) - 127;
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  // below 2^−14 a half has fewer digits: the last worth 2^−24
  const dropped = exponent < -14 ? Math.min(-1 - exponent, 25) : 13;
  const kept = mantissa >>> dropped;
  const rest = mantissa - kept * 2 ** dropped;
  const middle = 2 ** (dropped - 1);
  const up = rest > middle || (rest === middle && (kept & 1) === 1) ? 1 : 0;
  // the leading 1 of a normal number adds 1 to the exponent field
  return sign | ((exponent < -14 ? 0 : (exponent + 14) << 10) + kept + up);
}

function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : Number.NaN;
  return sign * (1024 + mantissa) * 2 ** (exponent - 25);
}
