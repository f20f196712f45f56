import { damaged, readOrRefuse } from '@tinyllm/common/testing';
import { expect, it } from 'vitest';
import { CharTokenizer, fromHuggingFace, toHuggingFace, tokenizerFromJSON, trainBpe } from './index';
import { Llama2cTokenizer } from './llama2c';
import type { Tokenizer } from './tokenizer';

const text = 'Once upon a time <|endoftext|> 😀';
const bpe = await trainBpe(['once upon a time, upon a time'], {
  vocabSize: 262,
  specialTokens: ['<|endoftext|>'],
});
const characters = CharTokenizer.fromText(text, { specialTokens: ['<|endoftext|>'] });

/** Pieces as llama2.c has them: three special ones, the bytes, and some text. */
const llama2c = new Llama2cTokenizer(
  [
    '<unk>',
    '<s>',
    '</s>',
    ...Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
    ...[' ', 'o', 'n', 'on', ' on', 'e', 'one'],
  ].map((piece, id) => ({ piece: new TextEncoder().encode(piece), score: -id })),
);

it.each([
  ['BPE as Hugging Face writes it', toHuggingFace(bpe), fromHuggingFace],
  ['characters as Hugging Face writes them', toHuggingFace(characters), fromHuggingFace],
  ['BPE', bpe.toJSON(), tokenizerFromJSON],
  ['characters', characters.toJSON(), tokenizerFromJSON],
  ['llama2.c', llama2c.toJSON(), tokenizerFromJSON],
] as const)('a tokenizer.json of anyone is read or refused: %s', async (_name, json, open) => {
  const whole = new TextEncoder().encode(JSON.stringify(json));
  // half of the damage where the fields are, and not in thousands of letters of a vocabulary
  const { read, refused } = await readOrRefuse(damaged(whole, 700), /^tokenizer\//, (file) => {
    const content = new TextDecoder().decode(file);
    if (isJSON(content)) use(open(JSON.parse(content)));
  });
  expect(read).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);
});

it('a tokenizer.bin of anyone is read or refused', async () => {
  const { read, refused } = await readOrRefuse(damaged(llama2c.toBinary()), /^tokenizer\//, (file) => {
    use(Llama2cTokenizer.fromBinary(file));
  });
  expect(read).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);
});

/** What was read encodes, or says of a character that it has none. */
function use(tokenizer: Tokenizer): void {
  tokenizer.decode(tokenizer.encode(text));
}

function isJSON(content: string): boolean {
  try {
    JSON.parse(content);
    return true;
  } catch {
    return false;
  }
}
