/** Tokenizers of llama2.c as Hugging Face has those of Llama: BPE on whole texts, `▁` for blanks, bytes for the rest. */
import { TinyllmError } from '@tinyllm/common';
import { fromPrintable } from './byte-alphabet';
import type { HuggingFaceParts } from './hugging-face';
import type { Llama2cTokenizerJSON } from './llama2c';

/** SentencePiece's blank. */
const BLANK = '▁';

/**
 * The parts of a `tokenizer.json` but special tokens. It has no scores: merges stand in their order, and those of one
 * score as transformers puts them where it converts a SentencePiece model, with the longer left part first. So a text
 * in which pieces of one score overlap, as in long rows of one letter, may be cut otherwise; and `▁` itself is a blank
 * there. Throws `tokenizer/unsupported` where a piece is no UTF-8.
 */
export function llama2cParts(
  { pieces, scores }: Llama2cTokenizerJSON,
  specialTokens: Readonly<Record<string, number>>,
): HuggingFaceParts {
  const texts = pieces.map(textOf);
  for (const [text, id] of Object.entries(specialTokens)) texts[id] = text;
  return {
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: BLANK },
        { type: 'Replace', pattern: { String: ' ' }, content: BLANK },
      ],
    },
    pre_tokenizer: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: BLANK }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: '<unk>',
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: vocabulary(texts),
      merges: mergesOf(texts, scores),
    },
  };
}

function textOf(printable: string, id: number): string {
  try {
    const bytes = fromPrintable(printable) as Uint8Array;
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).replaceAll(' ', BLANK);
  } catch (cause) {
    throw unsupported(`piece ${id} is no UTF-8`, cause);
  }
}

function vocabulary(texts: readonly string[]): Readonly<Record<string, number>> {
  const vocab = Object.fromEntries(texts.map((text, id) => [text, id]));
  const twin = texts.findIndex((text, id) => vocab[text] !== id);
  if (twin >= 0) throw unsupported(`pieces ${twin} and ${vocab[texts[twin] as string]} have the same text`);
  return vocab;
}

/** Every cut of a piece into two pieces, the best score first. */
function mergesOf(texts: readonly string[], scores: readonly number[]): string[] {
  const ids = new Map(texts.map((text, id) => [text, id]));
  const merges: { left: string; right: string; score: number }[] = [];
  for (const [text, id] of ids) {
    for (let cut = 1; cut < text.length; cut++) {
      const [left, right] = [text.slice(0, cut), text.slice(cut)];
      if (ids.has(left) && ids.has(right)) merges.push({ left, right, score: scores[id] ?? 0 });
    }
  }
  const length = (text: string): number => [...text].length; // as Python counts
  merges.sort(
    (a, b) => b.score - a.score || length(b.left) - length(a.left) || length(b.right) - length(a.right),
  );
  return merges.map(({ left, right }) => `${left} ${right}`);
}

function unsupported(problem: string, cause?: unknown): TinyllmError {
  return new TinyllmError(
    'tokenizer/unsupported',
    `This llama2.c tokenizer has no form in tokenizer.json: ${problem}. Keep its tokenizer.bin.`,
    { cause },
  );
}
