import { endOfText, randomWindows } from '@tinyllm/data';
import { CharTokenizer } from '@tinyllm/tokenizers';
import type { Job } from './session';

/** One batch of a text in characters, as the model gets it: the numbers are shown as the letters that they stand for. */
export const batch: Job<'batch'> = async function* ({ text, index, batchSize, blockSize, withinDocuments }) {
  const tokenizer = CharTokenizer.fromText(text, { specialTokens: [endOfText] });
  const separator = tokenizer.specialTokens[endOfText] as number;
  const { x, y } = randomWindows(tokenizer.encode(text), {
    batchSize,
    blockSize,
    seed: 1,
    ...(withinDocuments ? { separator } : {}),
  }).batch(index);
  const rows = (ids: Int32Array): string[][] =>
    Array.from({ length: batchSize }, (_, row) =>
      Array.from(ids.subarray(row * blockSize, (row + 1) * blockSize), (id) => textOf(id, tokenizer)),
    );
  yield { x: rows(x), y: rows(y) };
};

/** A letter; ∎ between documents, and nothing where a target does not count. */
function textOf(id: number, tokenizer: CharTokenizer): string {
  if (id < 0) return '';
  return id === tokenizer.specialTokens[endOfText] ? '∎' : tokenizer.decode([id]);
}
