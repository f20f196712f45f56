import { TinyllmError } from '@tinyllm/common';
import { CharTokenizer } from './char-tokenizer';
import type { Tokenizer } from './tokenizer';

/** The tokenizer that `tokenizer.toJSON()` described. Throws `tokenizer/invalid-json` when `json` is something else. */
export function tokenizerFromJSON(json: unknown): Tokenizer {
  if (isRecord(json) && json.type === 'characters') {
    const { characters, specialTokens } = json;
    if (typeof characters === 'string' && isStrings(specialTokens)) {
      return new CharTokenizer(characters, { specialTokens });
    }
  }
  throw new TinyllmError(
    'tokenizer/invalid-json',
    'Expected what a tokenizer wrote with toJSON(), { type: "characters", characters, specialTokens }, but got ' +
      `${JSON.stringify(json)?.slice(0, 80)}. Save the tokenizer again.`,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
