/** Compressed pages, none of which becomes longer than its header says. */
import * as zlib from 'node:zlib';
import { Cursor } from './cursor';

type Decompress = (bytes: Uint8Array, length: number) => Uint8Array;
type Unzip = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

/** By the numbers of `CompressionCodec` in parquet.thrift. Node has Zstandard from 22.15 on. */
const codecs: Readonly<Record<number, Decompress>> = {
  0: (bytes) => bytes,
  1: unsnappy,
  2: by(zlib.gunzipSync),
  4: by(zlib.brotliDecompressSync),
  ...('zstdDecompressSync' in zlib ? { 6: by(zlib.zstdDecompressSync as unknown as Unzip) } : {}),
};

function by(unzip: Unzip): Decompress {
  return (bytes, length) => unzip(bytes, { maxOutputLength: length });
}

/** The `length` bytes that a page holds. */
export function decompress(codec: number, bytes: Uint8Array, length: number): Uint8Array {
  if (length === 0) return new Uint8Array();
  const unpack = codecs[codec];
  if (unpack === undefined) throw new Error(`it is compressed by codec ${codec}`);
  const page = unpack(bytes, length);
  if (page.length === length) return page;
  throw new Error(`a page has ${page.length} bytes, and its header says ${length}`);
}

/** Snappy (google/snappy, format_description.txt). */
function unsnappy(bytes: Uint8Array, length: number): Uint8Array {
  const cursor = new Cursor(bytes);
  const claimed = cursor.varint();
  if (claimed !== length) throw new Error(`a page has ${claimed} bytes, and its header says ${length}`);
  const page = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const tag = cursor.byte();
    const kind = tag & 3;
    const high = tag >> 2;
    if (kind === 0) {
      const literal = cursor.take(1 + (high < 60 ? high : cursor.littleEndian(high - 59)));
      if (literal.length > length - at) throw new Error('a page is longer than it says');
      page.set(literal, at);
      at += literal.length;
      continue;
    }
    const copied = kind === 1 ? 4 + (high & 7) : 1 + high;
    const back = kind === 1 ? (tag >> 5) * 256 + cursor.byte() : cursor.littleEndian(kind === 2 ? 2 : 4);
    if (back === 0 || back > at || copied > length - at) throw new Error('a page repeats what is not there');
    for (const end = at + copied; at < end; at++) page[at] = page[at - back] ?? 0; // may repeat what it has just written
  }
  return page;
}
