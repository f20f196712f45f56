/** Texts for tests: files beside the repository that may be missing, and random strings that are hard to cut. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';

const shared = new URL('../../../../../shared/', import.meta.url);

/** Whether `shared/<path>` is there. */
export function hasShared(path: string): boolean {
  return existsSync(new URL(path, shared));
}

/** Where `shared/<path>` is. */
export function sharedPath(path: string): string {
  return fileURLToPath(new URL(path, shared));
}

/** The content of `shared/<path>`. */
export function readShared(path: string): string {
  return readFileSync(new URL(path, shared), 'utf8');
}

/** The bytes of `shared/<path>`. */
export function readSharedBytes(path: string): Uint8Array {
  return readFileSync(new URL(path, shared));
}

/** What pre-tokenizers disagree about: blanks, contractions, numbers, letters of many planes, lone surrogates. */
const bits = [
  ...[' ', '  ', '\n', '\r', '\t', '\v', '\u0085', '\u00a0', '\u2028', '\u3000', '\ufeff', '\u200b', '\0'],
  ...["'", "'s", "'S", "'ll", "'Ll", "'re", "'ve", "'r", "'ſ", '’s', '"', '!', '...', '<|endoftext|>', '<|'],
  ...['a', 'the', 'Once', 'LL', 's', 'é', 'e\u0301', 'ß', 'ſ', 'Ⅷ', 'ª', '漢字', 'こ', 'नमस्ते', '𝒳', '\u02b0'],
  ...['0', '12', '345', '6789', '½', '٣', '😀', '👩‍⚕️', '\ufffd', '\ud800', '\udc00', '\u{10ffff}'],
];

/** Any strings: of hard bits, of any code points, of what people see as characters. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom(...bits), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);
