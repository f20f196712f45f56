import fc from 'fast-check';
import ranks from 'gpt-tokenizer/bpeRanks/cl100k_base';
import * as peer from 'gpt-tokenizer/encoding/cl100k_base';
import { expect, it } from 'vitest';
import { BPETokenizer } from './bpe-tokenizer';
import { anyText } from './testing/texts';

// Besides whitespace (see gpt2.test.ts), gpt-tokenizer knows no contraction with a long s, and takes whitespace at
// the end of a text as one piece: here no text has the one or ends with the other.
it('cl100k_base’s ranks and pattern give gpt-tokenizer’s ids of 10,000 texts', () => {
  const utf8 = new TextEncoder();
  const tokens = ranks.map((token) =>
    typeof token === 'string' ? utf8.encode(token) : Uint8Array.from(token),
  );
  const tokenizer = BPETokenizer.fromRanks(tokens, { pattern: 'cl100k' });
  fc.assert(
    fc.property(fc.array(anyText, { minLength: 100, maxLength: 100 }), (texts) => {
      const shared = texts.map((text) => `${text.replace(/[\u0085\ufeffſ]/g, ' ')}.`);
      const theirs = shared.map((text) => peer.encode(text, { disallowedSpecial: new Set() }));
      expect(shared.map((text) => [...tokenizer.encode(text)])).toEqual(theirs);
    }),
    { numRuns: 100 },
  );
});
