/** Reading Hugging Face `tokenizer.json`: what gives the same ids here is taken, everything else is refused by field. */
import { TinyllmError } from '@tinyllm/common';
import { BPETokenizer } from './bpe-tokenizer';
import { fromPrintable } from './byte-alphabet';
import { CharTokenizer } from './char-tokenizer';
import { EVERY_CHARACTER } from './hugging-face';
import { ID_LIMIT, isArrayOf, isId, isRecord, isRecordOf, isString, type JSONRecord } from './json-shape';
import { parseMerges } from './parse-merges';
import { type PretokenPattern, patternSources } from './pretokenize';
import type { Tokenizer } from './tokenizer';

/**
 * The tokenizer of a parsed `tokenizer.json`: byte-level BPE with GPT-2's, cl100k_base's or no pre-tokenization,
 * or characters as `toHuggingFace` writes them. Throws `tokenizer/unsupported`, naming the field and the reason,
 * for what would give other ids or is not made for generation, and `tokenizer/invalid-json` for what is no
 * `tokenizer.json`.
 */
export function fromHuggingFace(tokenizerJSON: unknown): Tokenizer {
  if (!isRecord(tokenizerJSON) || !isRecord(tokenizerJSON.model)) {
    throw new TinyllmError(
      'tokenizer/invalid-json',
      'Expected the parsed content of a Hugging Face tokenizer.json, an object with a "model", but got ' +
        `${JSON.stringify(tokenizerJSON)?.slice(0, 80)}. Pass JSON.parse of the whole file.`,
    );
  }
  const { model, pre_tokenizer, decoder } = tokenizerJSON;
  if (model.type === 'WordPiece') {
    throw unsupported(
      'model.type',
      model.type,
      'WordPiece, as in BERT, reads whole texts between [CLS] and [SEP] to classify them or to fill gaps: it ' +
        'forgets how words were spaced, so text cannot be generated with it',
    );
  }
  for (const field of ['normalizer', 'truncation', 'padding']) {
    requireNone(field, tokenizerJSON[field], 'it changes the text or the ids, so text would not round-trip');
  }
  checkPostProcessor(tokenizerJSON.post_processor);
  const specialTokens = addedTokens(tokenizerJSON.added_tokens);
  if (model.type === 'WordLevel') return characters(model, pre_tokenizer, specialTokens);
  if (model.type !== 'BPE' && !(model.type === undefined && Array.isArray(model.merges))) {
    throw unsupported('model.type', model.type, 'BPE and the characters that toHuggingFace writes are read');
  }
  requireType('decoder', decoder, 'ByteLevel');
  return bpe(model, patternOf(pre_tokenizer), specialTokens);
}

type SpecialTokens = Readonly<Record<string, number>>;

function bpe(model: JSONRecord, pattern: PretokenPattern, specialTokens: SpecialTokens): BPETokenizer {
  for (const field of [
    'dropout',
    'continuing_subword_prefix',
    'end_of_word_suffix',
    'byte_fallback',
    'ignore_merges',
  ]) {
    if (model[field])
      throw unsupported(`model.${field}`, model[field], 'plain merging is what this package does');
  }
  const { vocab, merges } = model;
  if (!isRecordOf(vocab, isId))
    throw unsupported('model.vocab', vocab, `ids by token, below ${ID_LIMIT}, are expected`);
  const tokens: (Uint8Array | undefined)[] = [];
  for (const [text, id] of Object.entries(vocab)) {
    if (specialTokens[text] === id) continue;
    const bytes = fromPrintable(text);
    if (bytes === undefined)
      throw unsupported('model.vocab', text, 'every token is to be spelled in byte-level letters');
    tokens[id] = bytes;
  }
  const isMerge = (merge: unknown): merge is string | string[] =>
    isString(merge) || isArrayOf(merge, isString);
  const pairs = isArrayOf(merges, isMerge) ? parseMerges(merges, new Map(Object.entries(vocab))) : undefined;
  if (pairs === undefined)
    throw unsupported('model.merges', merges, 'pairs of tokens of model.vocab are expected');
  return new BPETokenizer({ tokens: Array.from(tokens), merges: pairs, specialTokens, pattern });
}

function characters(
  { vocab }: JSONRecord,
  preTokenizer: unknown,
  specialTokens: SpecialTokens,
): CharTokenizer {
  if (splitRegex(preTokenizer) !== EVERY_CHARACTER) {
    throw unsupported(
      'pre_tokenizer',
      preTokenizer,
      `with a WordLevel model, Split by ${EVERY_CHARACTER} is read`,
    );
  }
  if (!isRecordOf(vocab, isId))
    throw unsupported('model.vocab', vocab, `ids by token, below ${ID_LIMIT}, are expected`);
  const all = Object.entries({ ...vocab, ...specialTokens }).sort(([, a], [, b]) => a - b);
  const specials = all.filter(([text]) => Object.hasOwn(specialTokens, text)).map(([text]) => text);
  const plain = all.slice(0, all.length - specials.length).map(([text]) => text);
  if (all.some(([, id], i) => id !== i) || plain.some((text) => [...text].length !== 1)) {
    throw unsupported(
      'model.vocab',
      '',
      'single characters with ids from 0 on, and then the special tokens, are read',
    );
  }
  return new CharTokenizer(plain.join(''), { specialTokens: specials });
}

function patternOf(preTokenizer: unknown): PretokenPattern {
  const parts =
    isRecord(preTokenizer) && preTokenizer.type === 'Sequence' ? preTokenizer.pretokenizers : [preTokenizer];
  const [first, second] = Array.isArray(parts) ? parts : [];
  const byteLevel = second ?? first;
  requireType('pre_tokenizer', byteLevel, 'ByteLevel');
  if (byteLevel.add_prefix_space !== false) {
    throw unsupported(
      'pre_tokenizer.add_prefix_space',
      byteLevel.add_prefix_space,
      'a blank added is text changed',
    );
  }
  const ownRegex = byteLevel.use_regex !== false;
  if (second === undefined) return ownRegex ? 'gpt2' : 'none';
  const regex = splitRegex(first);
  const pattern = (['gpt2', 'cl100k'] as const).find((name) => patternSources[name] === regex);
  if (pattern !== undefined && !ownRegex && Array.isArray(parts) && parts.length === 2) return pattern;
  throw unsupported('pre_tokenizer', preTokenizer, 'the patterns of GPT-2 and cl100k_base are read, alone');
}

/** The expression of a `Split` that keeps each match as a piece. */
function splitRegex(preTokenizer: unknown): string | undefined {
  if (!isRecord(preTokenizer) || preTokenizer.type !== 'Split' || !isRecord(preTokenizer.pattern))
    return undefined;
  const { behavior, invert, pattern } = preTokenizer;
  return behavior === 'Isolated' && !invert && isString(pattern.Regex) ? pattern.Regex : undefined;
}

function checkPostProcessor(postProcessor: unknown): void {
  if (!postProcessor || (isRecord(postProcessor) && postProcessor.type === 'ByteLevel')) return;
  const why = 'it adds tokens such as [CLS] and [SEP] to every text, which is not made for generation';
  throw unsupported('post_processor', isRecord(postProcessor) ? postProcessor.type : postProcessor, why);
}

function addedTokens(tokens: unknown): SpecialTokens {
  if (tokens === undefined || tokens === null) return {};
  if (!isArrayOf(tokens, isRecord)) throw unsupported('added_tokens', tokens, 'a list of tokens is expected');
  const ids: [string, number][] = tokens.map(({ id, content, ...flags }) => {
    if (!isId(id) || !isString(content))
      throw unsupported('added_tokens', content, `it needs an id below ${ID_LIMIT} and a content`);
    for (const flag of ['lstrip', 'rstrip', 'single_word']) {
      if (flags[flag])
        throw unsupported(`added_tokens.${flag}`, content, 'it takes more or less than its own text');
    }
    return [content, id];
  });
  return Object.fromEntries(ids);
}

function requireNone(field: string, value: unknown, why: string): void {
  if (value !== null && value !== undefined)
    throw unsupported(field, isRecord(value) ? value.type : value, why);
}

function requireType(field: string, value: unknown, type: string): asserts value is JSONRecord {
  if (!isRecord(value) || value.type !== type) {
    throw unsupported(field, isRecord(value) ? value.type : value, `with a BPE model, ${type} is read`);
  }
}

function unsupported(field: string, value: unknown, why: string): TinyllmError {
  return new TinyllmError(
    'tokenizer/unsupported',
    `This tokenizer.json cannot be used: ${field} is ${JSON.stringify(value)?.slice(0, 80)}, and ${why}. ` +
      'Use a tokenizer of the GPT-2 family, or train one with trainBpe.',
  );
}
