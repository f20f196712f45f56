/**
 * The four kinds of character that pre-tokenization tells apart, by code point and by UTF-8 byte.
 * Whitespace is Unicode's White_Space, as in the regular expressions of tiktoken and Hugging Face; JavaScript's
 * `\s` differs from it in two characters (U+0085 is missing, U+FEFF is extra).
 */
export const OTHER = 0;
export const LETTER = 1;
export const NUMBER = 2;
export const SPACE = 3;
/** `byteKinds` of a byte that begins or continues a character outside ASCII: ask `kindAt`. */
export const NOT_ASCII = 4;
/** `byteKinds` of `SENTINEL`. */
export const END = 5;

/** Stands after the last byte of a scanned text: 0xFF is in no UTF-8. */
export const SENTINEL = 0xff;

const PAGE_BITS = 8;
const PAGE_SIZE = 1 << PAGE_BITS;

/** Kinds of 256 neighbouring code points, worked out when one of them is first met: most texts meet few pages. */
const pages: (Uint8Array | undefined)[] = new Array(0x110000 >> PAGE_BITS).fill(undefined);

/** The kind of a Unicode code point, by the Unicode version of the JavaScript engine. */
export function kindOf(codePoint: number): number {
  const page = pages[codePoint >> PAGE_BITS] ?? fillPage(codePoint >> PAGE_BITS);
  return page[codePoint & (PAGE_SIZE - 1)] as number;
}

function fillPage(index: number): Uint8Array {
  const page = Uint8Array.from({ length: PAGE_SIZE }, (_, i) => {
    const character = String.fromCodePoint(index * PAGE_SIZE + i);
    if (/\p{L}/u.test(character)) return LETTER;
    if (/\p{N}/u.test(character)) return NUMBER;
    return /\p{White_Space}/u.test(character) ? SPACE : OTHER;
  });
  pages[index] = page;
  return page;
}

/** The kind of the character that begins with each byte, `NOT_ASCII` where one byte does not tell. */
export const byteKinds: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === SENTINEL ? END : byte < 0x80 ? kindOf(byte) : NOT_ASCII,
);

/** How many bytes the character has whose first UTF-8 byte is `lead`. */
export function characterLength(lead: number): number {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/** The code point whose UTF-8 begins at `bytes[at]`. The text must be well formed. */
export function codePointAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] as number;
  if (lead < 0x80) return lead;
  const second = (bytes[at + 1] as number) & 0x3f;
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second;
  const third = (bytes[at + 2] as number) & 0x3f;
  if (lead < 0xf0) return ((lead & 0x0f) << 12) | (second << 6) | third;
  return ((lead & 0x07) << 18) | (second << 12) | (third << 6) | ((bytes[at + 3] as number) & 0x3f);
}

/** The kind of the character that begins at `bytes[at]`, `END` at the sentinel. */
export function kindAt(bytes: Uint8Array, at: number): number {
  const kind = byteKinds[bytes[at] as number] as number;
  return kind === NOT_ASCII ? kindOf(codePointAt(bytes, at)) : kind;
}
