import { beforeAll, describe, expect, it } from 'vitest';
import type { BPETokenizer } from './bpe-tokenizer';
import { CharTokenizer } from './char-tokenizer';
import { fromHuggingFace } from './from-hugging-face';
import type { HuggingFaceTokenizer } from './hugging-face';
import { Llama2cTokenizer } from './llama2c';
import { huggingFaceConfig, toHuggingFace } from './to-hugging-face';
import { trainBpe } from './train-bpe';

const specialTokens = ['<|endoftext|>', '<pad>'];
const text = 'Once upon a time, there was a "cat". It sat 1234 times.\n\n<|endoftext|>';

/** As it would be read from the file. */
function written(tokenizer: Parameters<typeof toHuggingFace>[0]): HuggingFaceTokenizer {
  return JSON.parse(JSON.stringify(toHuggingFace(tokenizer)));
}

describe.each(['gpt2', 'cl100k', 'none'] as const)('byte-level BPE with the pattern %s', (pattern) => {
  it('is itself again after tokenizer.json', async () => {
    const tokenizer = await trainBpe([text], { vocabSize: 300, pattern, specialTokens });
    expect(fromHuggingFace(written(tokenizer)).toJSON()).toEqual(tokenizer.toJSON());
  });
});

it('a character tokenizer is itself again after tokenizer.json', () => {
  const tokenizer = CharTokenizer.fromText(`${text}é😀10`, { specialTokens });
  expect(fromHuggingFace(written(tokenizer)).toJSON()).toEqual(tokenizer.toJSON());
});

describe('fromHuggingFace', () => {
  let json: HuggingFaceTokenizer;
  let tokenizer: BPETokenizer;
  beforeAll(async () => {
    tokenizer = await trainBpe([text], { vocabSize: 300, specialTokens });
    json = written(tokenizer);
  });

  it('reads older files: merges as pairs, no type, a ByteLevel post-processor', () => {
    const { merges } = tokenizer.toJSON();
    const pairs = merges.map((merge) => merge.split(' '));
    const model = { ...json.model, type: undefined, merges: pairs };
    const post_processor = { type: 'ByteLevel', trim_offsets: false };
    expect(fromHuggingFace({ ...json, model, post_processor }).toJSON()).toEqual(tokenizer.toJSON());
  });

  it('refuses bert-base-uncased, which is not made for generation', () => {
    const bert = {
      normalizer: { type: 'BertNormalizer', lowercase: true },
      pre_tokenizer: { type: 'BertPreTokenizer' },
      post_processor: { type: 'TemplateProcessing' },
      model: { type: 'WordPiece', unk_token: '[UNK]', vocab: { '[CLS]': 101, '[SEP]': 102 } },
    };
    expect(() => fromHuggingFace(bert)).toThrowError(
      expect.objectContaining({
        code: 'tokenizer/unsupported',
        message: expect.stringMatching(/model\.type is "WordPiece".*\[CLS\] and \[SEP\].*generated/),
      }),
    );
  });

  it.each([
    ['normalizer', { normalizer: { type: 'NFC' } }],
    ['truncation', { truncation: { max_length: 512 } }],
    ['padding', { padding: { strategy: 'BatchLongest' } }],
    ['post_processor', { post_processor: { type: 'RobertaProcessing' } }],
    ['pre_tokenizer', { pre_tokenizer: { type: 'Whitespace' } }],
    ['pre_tokenizer', { pre_tokenizer: null }],
    ['pre_tokenizer.add_prefix_space', { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true } }],
    ['decoder', { decoder: { type: 'Metaspace' } }],
    ['model.type', { model: { type: 'Unigram', vocab: [] } }],
    ['model.dropout', { model: { type: 'BPE', dropout: 0.1, vocab: {}, merges: [] } }],
    ['model.byte_fallback', { model: { type: 'BPE', byte_fallback: true, vocab: {}, merges: [] } }],
    ['model.vocab', { model: { type: 'BPE', vocab: { '▁a': 0 }, merges: [] } }],
    ['model.merges', { model: { type: 'BPE', vocab: { a: 0 }, merges: ['a b'] } }],
    ['added_tokens.lstrip', { added_tokens: [{ id: 0, content: '<mask>', lstrip: true }] }],
  ])('names %s when it cannot be read', (field, change) => {
    expect(() => fromHuggingFace({ ...json, ...change })).toThrowError(
      expect.objectContaining({
        code: 'tokenizer/unsupported',
        message: expect.stringContaining(`cannot be used: ${field} is`),
      }),
    );
  });

  it.each([null, 'text', {}, { model: 5 }])('refuses %j, which is no tokenizer.json', (value) => {
    expect(() => fromHuggingFace(value)).toThrowError(
      expect.objectContaining({ code: 'tokenizer/invalid-json' }),
    );
  });
});

describe('toHuggingFace', () => {
  /** A tokenizer of llama2.c with these pieces after its bytes, each of a lower score than the last. */
  function llama2c(...more: readonly (string | Uint8Array)[]): Llama2cTokenizer {
    const bytes = Array.from({ length: 256 }, (_, i) => hexPiece(i));
    const pieces = ['<unk>', '\n<s>\n', '\n</s>\n', ...bytes, ' ', ...more];
    return new Llama2cTokenizer(
      pieces.map((text, id) => ({
        piece: typeof text === 'string' ? new TextEncoder().encode(text) : text,
        score: -id,
      })),
    );
  }

  it('gives llama2.c’s the merges of Llama’s, from their scores, and their blanks', () => {
    const { model, added_tokens } = written(llama2c('a', 'b', ' a', 'ab', ' ab')) as {
      model: { vocab?: Record<string, number>; merges?: string[] };
      added_tokens: readonly { content?: string }[];
    };
    expect(added_tokens.map(({ content }) => content)).toEqual(['<unk>', '<s>', '</s>']);
    expect(model.vocab).toMatchObject({ '<s>': 1, '<0x00>': 3, '▁': 259, a: 260, '▁ab': 264 });
    expect(model.merges).toEqual(['▁ a', 'a b', '▁a b', '▁ ab']);
    expect(huggingFaceConfig(llama2c())).toMatchObject({ bos_token: '<s>', eos_token: '</s>' });
  });

  it.each([
    [/piece 260 is no UTF-8/, Uint8Array.of(0xff)],
    [/pieces 259 and 260 have the same text/, '▁'],
  ])('refuses what it cannot write: %s', (message, piece) => {
    expect(() => toHuggingFace(llama2c(piece))).toThrowError(
      expect.objectContaining({ code: 'tokenizer/unsupported', message: expect.stringMatching(message) }),
    );
  });

  it('refuses a special token that is spelled like another token', async () => {
    const tokenizer = await trainBpe(['ababab'], { vocabSize: 258, specialTokens: ['ab'] });
    const twins = await trainBpe(['cdcd'], { vocabSize: 258, specialTokens: ['a'] });
    expect(toHuggingFace(tokenizer)).toBeDefined();
    expect(() => toHuggingFace(twins)).toThrowError(
      expect.objectContaining({ code: 'tokenizer/unsupported' }),
    );
  });

  it('says which token ends a text, where there is one', () => {
    const name = { tokenizer_class: 'PreTrainedTokenizerFast', clean_up_tokenization_spaces: false };
    const end = '<|endoftext|>';
    expect(huggingFaceConfig(new CharTokenizer('ab'))).toEqual(name);
    expect(huggingFaceConfig(new CharTokenizer('ab', { specialTokens }))).toEqual({
      ...name,
      bos_token: end,
      eos_token: end,
      pad_token: end,
    });
  });
});

function hexPiece(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}
