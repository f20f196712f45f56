import { type Tensor3D, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { macrotask, TinyllmError } from '@tinyllm/common';
import { forward, type Model } from '@tinyllm/model';
import { checkIds } from './batch';
import { checkField } from './check-field';

/** Token ids that are read by range: a typed array, or a file of `@tinyllm/data`. */
export interface ReadableIds {
  readonly length: number;
  slice(start: number, end: number): ArrayLike<number>;
}

export interface TextEvaluationOptions {
  /** T, the tokens of a window. Default: all that the model reads, 256 for a bigram, which reads one. */
  readonly blockSize?: number | undefined;
  /** Tokens from one window to the next: the fewer, the more text before each token, and the longer it takes. Default T. */
  readonly stride?: number | undefined;
}

/** How well a model predicts a text. */
export interface TextEvaluation {
  /** Tokens predicted: all but the first. */
  readonly tokens: number;
  /** Mean −log p of each, in nats. */
  readonly loss: number;
  /** How often the token was the likeliest, and among the five likeliest. */
  readonly accuracy: { readonly top1: number; readonly top5: number };
  /** Mean loss where so many tokens were read before: [T], NaN where there was none. */
  readonly lossByPosition: readonly number[];
}

/** Logits that exist at once at most: 64 MiB. */
const LOGITS = 2 ** 24;
const BIGRAM_BLOCK = 256;

/**
 * How well `model` predicts every token of `ids` but the first, each once: from windows that move by `stride`, of which
 * all but the first count only what the one before did not. Throws `config/invalid-field`, `train/text-too-short` and
 * `train/id-outside-vocabulary`.
 */
export async function evaluateText(
  model: Model,
  ids: ReadableIds,
  options: TextEvaluationOptions = {},
): Promise<TextEvaluation> {
  const { vocabSize: V } = model.config;
  const { blockSize: T, stride } = checkedSizes(model, ids, options);
  const scores = newScores(T);
  const batchSize = Math.max(1, Math.floor(LOGITS / (T * V)));
  let rows: Row[] = [];
  let counted = 0; // targets that were: token n + 1 is target n
  for (let start = 0; counted < ids.length - 1; start += stride) {
    const end = Math.min(start + T, ids.length - 1);
    rows.push({ ids: ids.slice(start, end + 1), from: counted - start });
    counted = end;
    const isLast = counted === ids.length - 1;
    if (rows.length < batchSize && !isLast) continue;
    const short = isLast && end - start < T ? rows.splice(-1) : []; // rows of a batch have one length
    for (const batch of [rows, short]) if (batch.length > 0) await score(model, batch, scores);
    rows = [];
    await macrotask(); // signals and messages need not wait for all of the text
  }
  return summary(scores);
}

/** The ids of a window and the token behind it, and the first position that counts. */
interface Row {
  readonly ids: ArrayLike<number>;
  readonly from: number;
}

interface Scores {
  readonly losses: Float64Array; // [T]
  readonly counts: Float64Array; // [T]
  top1: number;
  top5: number;
}

function newScores(T: number): Scores {
  return { losses: new Float64Array(T), counts: new Float64Array(T), top1: 0, top5: 0 };
}

/** Adds what the model makes of some windows of one length. */
async function score(model: Model, rows: readonly Row[], scores: Scores): Promise<void> {
  const V = model.config.vocabSize;
  const T = (rows[0]?.ids.length ?? 1) - 1;
  for (const { ids } of rows) checkIds(ids, V);
  const inputs = Int32Array.from(rows.flatMap((row) => Array.from(row.ids).slice(0, T)));
  const logits: Tensor3D = tidy(() => forward(model, tensor2d(inputs, [rows.length, T], 'int32'))); // [B, T, V]
  const values = (await logits.data().finally(() => logits.dispose())) as Float32Array;
  for (const [b, { ids, from }] of rows.entries()) {
    for (let t = from; t < T; t++) {
      const row = values.subarray((b * T + t) * V, (b * T + t + 1) * V);
      const { loss, rank } = judge(row, ids[t + 1] as number);
      scores.losses[t] = (scores.losses[t] as number) + loss;
      scores.counts[t] = (scores.counts[t] as number) + 1;
      if (rank < 1) scores.top1++;
      if (rank < 5) scores.top5++;
    }
  }
}

/** −log p of `target` under a row of logits [V], and how many others are likelier, the earlier where they are alike. */
function judge(logits: Float32Array, target: number): { loss: number; rank: number } {
  const own = logits[target] as number;
  let highest = Number.NEGATIVE_INFINITY;
  let rank = 0;
  for (let id = 0; id < logits.length; id++) {
    const logit = logits[id] as number;
    if (logit > highest) highest = logit;
    if (logit > own || (logit === own && id < target)) rank++;
  }
  let sum = 0;
  for (let id = 0; id < logits.length; id++) sum += Math.exp((logits[id] as number) - highest);
  return { loss: highest + Math.log(sum) - own, rank };
}

function summary({ losses, counts, top1, top5 }: Scores): TextEvaluation {
  const tokens = counts.reduce((sum, count) => sum + count);
  return {
    tokens,
    loss: losses.reduce((sum, loss) => sum + loss) / tokens,
    accuracy: { top1: top1 / tokens, top5: top5 / tokens },
    lossByPosition: Array.from(losses, (loss, t) => loss / (counts[t] as number)),
  };
}

function checkedSizes(
  model: Model,
  ids: ReadableIds,
  options: TextEvaluationOptions,
): { blockSize: number; stride: number } {
  const isBigram = model.architecture === 'bigram';
  const most = isBigram ? Number.POSITIVE_INFINITY : model.config.blockSize;
  const { blockSize = isBigram ? BIGRAM_BLOCK : most, stride = blockSize } = options;
  for (const [field, value, limit] of [
    ['blockSize', blockSize, most],
    ['stride', stride, blockSize],
  ] as const) {
    const holds = Number.isSafeInteger(value) && value >= 1 && value <= limit;
    checkField(field, value, holds, `an integer from 1 to ${limit}`);
  }
  if (ids.length < 2) {
    throw new TinyllmError(
      'train/text-too-short',
      `There are ${ids.length} tokens, and the first is never predicted. Give a longer text.`,
    );
  }
  return { blockSize, stride };
}
