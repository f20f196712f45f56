import type { PretokenPattern } from './pretokenize';
import { SENTINEL } from './unicode';

/** Characters scanned at a time: their bytes stay in the processor's second cache. */
const CHUNK = 1 << 14;
/** UTF-8 bytes that one UTF-16 unit takes at most. */
const BYTES_PER_UNIT = 3;
/** Bytes of the largest buffer kept for the next text: more than a chunk takes. */
const KEPT = 1 << 20;

/** Turns text into UTF-8 for a `Scanner`, a chunk at a time, in a buffer that it uses again and again. */
export class TextChunks {
  /** The bytes of the chunk last read, and `SENTINEL` after them. */
  bytes: Uint8Array = new Uint8Array(1 << 10);
  readonly #utf8 = new TextEncoder();

  /** Reads `text` from `start` to `end` into `bytes`, and gives the number of bytes; lone surrogates are U+FFFD. */
  read(text: string, start: number, end: number): number {
    const room = (end - start) * BYTES_PER_UNIT + 1;
    if (this.bytes.length < room || (this.bytes.length > KEPT && room <= KEPT))
      this.bytes = new Uint8Array(room);
    const { written } = this.#utf8.encodeInto(text.slice(start, end), this.bytes);
    this.bytes[written] = SENTINEL;
    return written;
  }
}

/**
 * Where the chunk that starts at `start` ends: a place where `pattern` cuts whatever stands before or after,
 * between a letter and a blank.
 */
export function chunkEnd(text: string, start: number, pattern: PretokenPattern): number {
  if (pattern === 'none') return text.length;
  for (let end = start + CHUNK; end < text.length; end++) {
    if (text.charCodeAt(end) === 0x20 && /[A-Za-z]/.test(text.charAt(end - 1))) return end;
  }
  return text.length;
}
