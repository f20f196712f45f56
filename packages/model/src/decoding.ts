/** Reading texts a few ids at a time: what was read before is in a cache, and only what is new is computed. */
import { gather, type Tensor, type Tensor2D, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { TinyllmError } from '@tinyllm/common';
import { attendCached, type CacheRun, createKVCache, embed, type KVCache, unembed } from '@tinyllm/compute';
import type { Bigram } from './bigram';
import { type Attend, blocks, head } from './gpt';
import type { GPT } from './gpt-parameters';
import type { Model } from './model';

/** Texts that are being read, row by row. */
export interface Decoding {
  /** How many ids each row has read. */
  readonly lengths: readonly number[];
  /**
   * Reads ids[row] after what each row has; an empty array lets that row rest. Gives the logits [V] that follow each
   * row's last id, in row order; undefined for a row at rest. Throws, with nothing read, `model/window-full` where a row
   * would pass blockSize, `model/rows-mismatch` and `model/id-outside-vocabulary`.
   */
  append(ids: readonly Int32Array[]): Promise<readonly (Float32Array | undefined)[]>;
  /** Forgets all but the first `length` ids of one row. Throws `model/rows-mismatch`. */
  truncate(row: number, length: number): void;
  /** Frees the cache. */
  dispose(): void;
}

/** Starts reading `batchSize` texts, all empty. The caller disposes. Throws `model/rows-mismatch`. */
export function decode(model: Model, batchSize: number): Decoding {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1)
    throw mismatch(`batchSize must be a positive integer, but is ${batchSize}`);
  const lengths = new Array<number>(batchSize).fill(0);
  const caches = model.architecture === 'gpt' ? cachesOf(model, batchSize) : [];
  return {
    lengths,
    async append(ids) {
      check(model, lengths, ids);
      const runs = ids
        .map(({ length: count }, row): CacheRun => ({ row, first: lengths[row] as number, count }))
        .filter(({ count }) => count > 0);
      if (runs.length === 0) return ids.map(() => undefined);
      const read = runs.map(({ row }) => ids[row] as Int32Array);
      const logits = tidy(() =>
        model.architecture === 'gpt' ? gptLogits(model, caches, read, runs) : bigramLogits(model, read),
      );
      for (const { row, count } of runs) lengths[row] = (lengths[row] as number) + count;
      const values = (await logits.data()) as Float32Array;
      logits.dispose();
      const { vocabSize } = model.config;
      const rows = runs.map(({ row }, i) => [row, values.slice(i * vocabSize, (i + 1) * vocabSize)] as const);
      const found = new Map(rows);
      return ids.map((_, row) => found.get(row));
    },
    truncate(row, length) {
      const read = lengths[row];
      if (read === undefined || !Number.isSafeInteger(length) || length < 0 || length > read)
        throw mismatch(`row ${row} has read ${read ?? 'nothing'} and cannot be cut to ${length}`);
      lengths[row] = length;
    },
    dispose() {
      free(caches);
    },
  };
}

/** An empty cache for each layer; where there is no memory for all, none is left. */
function cachesOf({ config }: GPT, batchSize: number): KVCache[] {
  const { nLayer, nHead, nKvHead, nEmbd, blockSize } = config;
  const caches: KVCache[] = [];
  try {
    while (caches.length < nLayer) caches.push(createKVCache(batchSize, nKvHead, blockSize, nEmbd / nHead));
  } catch (error) {
    free(caches);
    throw error;
  }
  return caches;
}

function free(caches: readonly KVCache[]): void {
  for (const { keys, values } of caches) for (const cache of [keys, values]) cache.dispose();
}

/** Logits [R, V] after the last id of each of R runs, whose ids are `read`. */
function gptLogits(
  model: GPT,
  caches: readonly KVCache[],
  read: readonly Int32Array[],
  runs: readonly CacheRun[],
): Tensor {
  const ids = tensor1d(Int32Array.from(read.flatMap((row) => [...row])), 'int32'); // [N]
  const positions = runs.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i));
  const attend: Attend = (qkv, layer) => attendCached(caches[layer] as KVCache, qkv as Tensor2D, runs);
  const x = blocks(model, ids, positions, { attend }); // [N, C]
  let end = -1;
  const lasts = runs.map(({ count }) => (end += count));
  const last = lasts.length === positions.length ? x : gather(x, tensor1d(lasts, 'int32')); // [R, C]
  return unembed(last, head(model));
}

/** Logits [R, V] after the last id of each row of `read`. */
function bigramLogits({ params }: Bigram, read: readonly Int32Array[]): Tensor {
  const lasts = read.map((row) => row.at(-1) as number);
  return embed(tensor1d(lasts, 'int32'), params.token_embedding_table.weight);
}

function check(model: Model, lengths: readonly number[], ids: readonly Int32Array[]): void {
  if (ids.length !== lengths.length)
    throw mismatch(`${lengths.length} rows are decoded, but ids came for ${ids.length}`);
  const { vocabSize } = model.config;
  for (const [row, added] of ids.entries()) {
    const outside = added.find((id) => id < 0 || id >= vocabSize);
    if (outside !== undefined) {
      throw new TinyllmError(
        'model/id-outside-vocabulary',
        `Row ${row} has the id ${outside}, and the model's vocabSize is ${vocabSize}. Use the tokenizer it was trained with.`,
      );
    }
    const length = (lengths[row] as number) + added.length;
    if (model.architecture !== 'gpt' || length <= model.config.blockSize) continue;
    throw new TinyllmError(
      'model/window-full',
      `Row ${row} would have ${length} ids, and the model reads at most ${model.config.blockSize} (blockSize). ` +
        'Truncate the row and append what it should read.',
    );
  }
}

function mismatch(problem: string): TinyllmError {
  return new TinyllmError('model/rows-mismatch', `The rows do not fit: ${problem}.`);
}
