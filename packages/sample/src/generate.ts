import { macrotask } from '@tinyllm/common';
import { checkOptions, checkPrompts, type GenerateOptions } from './generate-options';
import type { LanguageModel, TextTokenizer } from './language-model';
import { type Piece, Row } from './row';

/**
 * Continues `prompt`, or each of several, token by token: the pieces of all rows, in turns. A row's pieces together are
 * its text; a character that is not whole at the end is left out. Once the window is full, a row that slides reads its
 * last (blockSize − keepPrefix) / 2 ids again behind the prefix, in one pass, so that the speed stays the same however
 * long the text. Of a longer prompt it reads the prefix and as much of the end as there is room for.
 *
 * Throws `sample/vocabulary-mismatch`, `sample/empty-prompt`, `sample/prompt-too-long` (with `stop`),
 * `sample/invalid-option`, and `random/invalid-seed`.
 */
export async function* generate(
  model: LanguageModel,
  tokenizer: TextTokenizer,
  prompt: string | readonly string[],
  options: GenerateOptions,
): AsyncGenerator<Piece, void, void> {
  const { numSamples = 1, signal } = options;
  checkOptions(model, tokenizer, options);
  const prompts = (typeof prompt === 'string' ? [prompt] : prompt).map((text) => tokenizer.encode(text));
  checkPrompts(prompts);
  const rows = prompts.flatMap((ids, p) =>
    Array.from({ length: numSamples }, (_, s) => new Row(p * numSamples + s, ids, model, tokenizer, options)),
  );
  if (options.maxNewTokens === 0) return;
  const decoding = model.decode(rows.length);
  try {
    while (rows.some((row) => !row.finished) && !signal?.aborted) {
      await macrotask(); // a backend that computes at once would never let an abort in
      const logits = await decoding.append(rows.map((row) => row.unread(decoding)));
      for (const [i, row] of rows.entries()) {
        const values = logits[i];
        if (values !== undefined && !signal?.aborted) yield* row.next(values);
      }
    }
    for (const row of rows) yield* row.flush();
  } finally {
    decoding.dispose();
  }
}
