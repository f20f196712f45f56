import { createRandom, TinyllmError } from '@tinyllm/common';
import { expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from './safetensors';

/** What a careless or hostile writer may put where a number, a dtype or a name was. */
const tokens = [
  '-1',
  '0',
  '1e999',
  '4294967296',
  '9007199254740991',
  '9007199254740993',
  '1.5',
  'null',
  '"x"',
  '[]',
  '{}',
  '"F64"',
  '"toString"',
  '"__proto__"',
  '"constructor"',
  '[0,8,8]',
  '[[[[',
  ']',
  ',',
  '\u0000',
  '\\',
];

it('100,000 damaged files are read or refused, and never cost more memory than they have bytes', () => {
  const whole = writeSafetensors(
    new Map([
      ['wte.weight', { shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, i) => i) }],
      ['ids', { shape: [2], data: Int32Array.of(1, 2) }],
      ['empty', { shape: [0, 4], data: new Float32Array() }],
      ['h.0.ln_1.weight', { shape: [], data: Float32Array.of(7) }],
    ]),
  );
  const headerEnd = 8 + Number(new DataView(whole.buffer).getBigUint64(0, true));
  const encoder = new TextEncoder();
  const random = createRandom(1);
  const outcomes = { read: 0, refused: 0 };
  for (let i = 0; i < 100_000; i++) {
    const damaged = damage(whole);
    try {
      const { tensors } = readSafetensors(damaged);
      let bytes = 0;
      for (const { data } of tensors.values()) bytes += data.byteLength;
      expect(bytes).toBeLessThanOrEqual(2 * damaged.length); // halves become float32
      outcomes.read++;
    } catch (error) {
      if (!(error instanceof TinyllmError && error.code.startsWith('safetensors/'))) throw error;
      outcomes.refused++;
    }
  }
  expect(({} as Record<string, unknown>).dtype).toBeUndefined();
  expect(outcomes.read).toBeGreaterThan(1000); // damage to values alone
  expect(outcomes.refused).toBeGreaterThan(50_000);

  function damage(file: Uint8Array): Uint8Array {
    const at = random.integer(random.uniform() < 0.9 ? headerEnd : file.length);
    switch (random.integer(6)) {
      case 0: {
        const flipped = file.slice();
        flipped[at] = (flipped[at] as number) ^ (1 << random.integer(8));
        return flipped;
      }
      case 1:
        return file.slice(0, at);
      case 2: // a part again
        return spliced(file, at, 0, file.slice(at, at + random.integer(40)));
      case 3: // a part missing
        return spliced(file, at, random.integer(40), new Uint8Array());
      case 4: {
        // a header length of any size
        const claimed = file.slice();
        claimed.set([...new Array(random.integer(9))].map(() => random.integer(256)));
        return claimed;
      }
      default: {
        const token = encoder.encode(tokens[random.integer(tokens.length)]);
        return resized(spliced(file, at, random.integer(4), token));
      }
    }
  }

  function spliced(file: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array {
    return new Uint8Array([...file.subarray(0, at), ...added, ...file.subarray(at + removed)]);
  }

  /** With a header length that is right again, so that the damage is looked at. */
  function resized(file: Uint8Array): Uint8Array {
    const length = file.length - (whole.length - headerEnd) - 8;
    if (file.length >= 8) new DataView(file.buffer).setBigUint64(0, BigInt(Math.max(0, length)), true);
    return file;
  }
});
