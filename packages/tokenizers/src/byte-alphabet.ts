/**
 * GPT-2's printable alphabet (`bytes_to_unicode` in openai/gpt-2 `encoder.py`): every byte as one visible
 * character, so that byte strings can stand in JSON. Printable Latin-1 stands for itself, the rest for U+0100 on.
 */
const alphabet: readonly string[] = (() => {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
})();

const bytesOf: ReadonlyMap<string, number> = new Map(alphabet.map((character, byte) => [character, byte]));

/** The 256 bytes in the order of GPT-2's ids 0 to 255: by the code point of the character that stands for them. */
export const bytesInOrder: readonly number[] = [...bytesOf]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([, byte]) => byte);

/** `bytes` in GPT-2's printable alphabet. */
export function toPrintable(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => alphabet[byte]).join('');
}

/** The bytes that `text` stands for, or nothing where a character of it is not in the alphabet. */
export function fromPrintable(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const byte = bytesOf.get(text.charAt(i));
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}
