import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ByteStrings } from './byte-strings';

const utf8 = new TextEncoder();

it('numbers distinct strings as a Map would', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 4 })), (texts) => {
      const strings = new ByteStrings(1);
      const numbers = new Map<string, number>();
      for (const text of texts) {
        const bytes = utf8.encode(text);
        expect(strings.find(bytes, 0, bytes.length)).toBe(numbers.get(text) ?? -1);
        if (!numbers.has(text)) numbers.set(text, strings.add(bytes, 0, bytes.length));
      }
      for (const [text, number] of numbers) expect(strings.get(number)).toEqual(utf8.encode(text));
      expect(strings.size).toBe(numbers.size);
    }),
  );
});

it.each([
  ['altarage', 'zinke'],
  ['yvivst', 'csbxun'],
])('tells %s and %s apart, whose FNV-1a hashes are equal', (one, other) => {
  const strings = new ByteStrings();
  strings.add(utf8.encode(one), 0, one.length);
  expect(strings.find(utf8.encode(other), 0, other.length)).toBe(-1);
  expect(strings.add(utf8.encode(other), 0, other.length)).toBe(1);
  expect(strings.find(utf8.encode(one), 0, one.length)).toBe(0);
});

it('forgets, and starts to number anew', () => {
  const strings = new ByteStrings();
  const bytes = utf8.encode('ab');
  expect([strings.add(bytes, 0, 1), strings.add(bytes, 0, 2)]).toEqual([0, 1]);
  strings.clear();
  expect(strings.find(bytes, 0, 2)).toBe(-1);
  expect(strings.add(bytes, 0, 2)).toBe(0);
});
