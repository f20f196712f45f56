/** What a tokenizer.json can do whose author may be anyone. */
import { describe, expect, it } from 'vitest';
import { fromHuggingFace, toHuggingFace, tokenizerFromJSON, trainBpe } from './index';

const own = await trainBpe(['once upon a time, upon a time'], { vocabSize: 258 });
interface Parts {
  readonly model: { readonly vocab: Readonly<Record<string, number>> };
}
const json = toHuggingFace(own) as unknown as Parts;
const special = (content: string, id: number) => ({ id, content, special: true });
const refused = (code: string) => expect.objectContaining({ code });

describe('a tokenizer.json of a stranger', () => {
  it.each(['(a+)+$', '\\p{L}+', '(?:)', "'s|"])('cannot bring an expression of its own: %s', (Regex) => {
    const split = { type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false };
    const byteLevel = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
    const pre_tokenizer = { type: 'Sequence', pretokenizers: [split, byteLevel] };
    expect(() => fromHuggingFace({ ...json, pre_tokenizer })).toThrow(refused('tokenizer/unsupported'));
  });

  it('can have special tokens that look like expressions: they mean their letters', () => {
    const tokens = ['(a+)+$', '.*', '[', '\\', '|', 'a{1,9}', '\n^'];
    const added_tokens = tokens.map((content, i) => special(content, 300 + i));
    const tokenizer = fromHuggingFace({ ...json, added_tokens });
    for (const [i, token] of tokens.entries()) expect([...tokenizer.encode(token)]).toEqual([300 + i]);
    expect(Math.max(...tokenizer.encode('a'.repeat(50_000)))).toBeLessThan(300);
  });

  it('cannot have more special tokens than a text is searched for', () => {
    const many = Array.from({ length: 8192 }, (_, i) => special(`<${String(i).padStart(6, '0')}>`, 300 + i));
    expect(fromHuggingFace({ ...json, added_tokens: many }).encode('<000007>')).toEqual(Int32Array.of(307));
    for (const added_tokens of [[...many, special('<one more>', 9000)], [special('x'.repeat(1025), 300)]]) {
      expect(() => fromHuggingFace({ ...json, added_tokens })).toThrow(
        refused('tokenizer/invalid-vocabulary'),
      );
    }
  });

  it.each([2 ** 20, 2 ** 32, 2 ** 53, -1, 1.5, '7', null])(
    'cannot have the id %j, for tables are as long',
    (id) => {
      const added_tokens = [{ id, content: '<x>' }];
      expect(() => fromHuggingFace({ ...json, added_tokens })).toThrow(refused('tokenizer/unsupported'));
      const vocab = { ...json.model.vocab, x: id };
      expect(() => fromHuggingFace({ ...json, model: { ...json.model, vocab } })).toThrow(
        refused('tokenizer/unsupported'),
      );
    },
  );

  it('can name tokens as JavaScript names what all objects have', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const added_tokens = names.map((name, i) => special(name, 300 + i));
    for (const read of [
      fromHuggingFace({ ...json, added_tokens }),
      tokenizerFromJSON(JSON.parse(JSON.stringify(fromHuggingFace({ ...json, added_tokens }).toJSON()))),
    ]) {
      for (const [i, name] of names.entries()) expect([...read.encode(name)]).toEqual([300 + i]);
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
