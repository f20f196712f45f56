import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { splitText } from './split';

const shakespeare = fileURLToPath(new URL('../../../../shared/data/tinyshakespeare.txt', import.meta.url));
const missing = !existsSync(shakespeare);

describe('splitText', () => {
  it.skipIf(missing)(
    `splits Tiny Shakespeare as nanoGPT does${missing ? ` (no ${shakespeare})` : ''}`,
    () => {
      const text = readFileSync(shakespeare, 'utf8');
      const { train, validation } = splitText(text);
      expect([train.length, validation.length]).toEqual([1_003_854, 111_540]);
      expect(train + validation).toBe(text);
    },
  );

  it('counts characters, not their halves', () => {
    expect(splitText('🦊🦉🐸🐑🐭🦆🐦🐶🐱🐢')).toEqual({ train: '🦊🦉🐸🐑🐭🦆🐦🐶🐱', validation: '🐢' });
    expect(splitText('a🦊b\ud800', { validationFraction: 0.5 })).toEqual({
      train: 'a🦊',
      validation: 'b\ud800',
    });
  });

  it('can keep nothing, and splits nothing', () => {
    expect(splitText('abc', { validationFraction: 0 })).toEqual({ train: 'abc', validation: '' });
    expect(splitText('')).toEqual({ train: '', validation: '' });
  });

  it.each([-0.1, 1, 10, Number.NaN])('refuses to keep %j of a text', (validationFraction) => {
    expect(() => splitText('abc', { validationFraction })).toThrow(
      expect.objectContaining({ code: 'data/bad-validation-fraction' }),
    );
  });
});
