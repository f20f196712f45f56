import { TinyllmError } from '@tinyllm/common';
import { BPETokenizer } from './bpe-tokenizer';
import { fromPrintable } from './byte-alphabet';
import { CharTokenizer } from './char-tokenizer';
import { isArrayOf, isId, isNumber, isRecord, isRecordOf, isString, isStringOrNull } from './json-shape';
import { Llama2cTokenizer } from './llama2c';
import { parseMerges } from './parse-merges';
import { type PretokenPattern, patternSources } from './pretokenize';
import type { Tokenizer } from './tokenizer';

/** The tokenizer that `tokenizer.toJSON()` described. Throws `tokenizer/invalid-json` when `json` is something else. */
export function tokenizerFromJSON(json: unknown): Tokenizer {
  const tokenizer = isRecord(json) ? readerOf(json.type)?.(json) : undefined;
  if (tokenizer !== undefined) return tokenizer;
  throw new TinyllmError(
    'tokenizer/invalid-json',
    'Expected what a tokenizer wrote with toJSON(), an object whose type is one of ' +
      `${Object.keys(readers).join(', ')}, but got ${JSON.stringify(json)?.slice(0, 80)}. Save the tokenizer again.`,
  );
}

type Reader = (json: Readonly<Record<string, unknown>>) => Tokenizer | undefined;

/** By `type`: the tokenizer, or nothing when a field is not what that type writes. */
const readers: Readonly<Record<string, Reader>> = {
  characters: ({ characters, specialTokens }) => {
    if (!isString(characters) || !isArrayOf(specialTokens, isString)) return undefined;
    return new CharTokenizer(characters, { specialTokens });
  },
  bpe: ({ pattern, tokens, merges, specialTokens }) => {
    if (!isPattern(pattern) || !isArrayOf(tokens, isStringOrNull)) return undefined;
    if (!isArrayOf(merges, isString) || !isRecordOf(specialTokens, isId)) return undefined;
    const bytes = tokens.map((token) => (token === null ? undefined : fromPrintable(token)));
    const pairs = parseMerges(merges, new Map(tokens.map((token, id) => [token, id])));
    if (pairs === undefined || bytes.some((token, id) => token === undefined && tokens[id] !== null))
      return undefined;
    return new BPETokenizer({ pattern, tokens: bytes, merges: pairs, specialTokens });
  },
  llama2c: ({ pieces, scores }) => {
    if (!isArrayOf(pieces, isString) || !isArrayOf(scores, isNumber)) return undefined;
    const bytes = pieces.map(fromPrintable);
    if (bytes.length !== scores.length || !bytes.every((piece) => piece !== undefined)) return undefined;
    return new Llama2cTokenizer(bytes.map((piece, id) => ({ piece, score: scores[id] ?? 0 })));
  },
};

function readerOf(type: unknown): Reader | undefined {
  return isString(type) && Object.hasOwn(readers, type) ? readers[type] : undefined;
}

function isPattern(value: unknown): value is PretokenPattern {
  return value === 'none' || (isString(value) && Object.hasOwn(patternSources, value));
}
