import type { KernelConfig } from '@tensorflow/tfjs-core';
import type {
  CrossEntropyAttributes,
  CrossEntropyInputs,
  CrossEntropyUnitGradients,
} from '../../ops/cross-entropy';
import { isRecording } from '../../ops/register';
import { DT_FLOAT, DT_INT32, type NativeOps, type Value } from '../native-ops';
import { changeValues } from '../resources';
import { rowsOf, tensorflowKernel } from './kernel';
import { softmaxOf } from './scores';

/** Logits that exist at once: 32 MiB, the most that the C library keeps for the next when they are freed. */
const CHUNK_NUMBERS = 8 * 2 ** 20;

/**
 * The mean over rows that count of logsumexp(logits) − logits[target], and when a gradient may be asked for also the gradients
 * of x and head for dy = 1. In chunks, for TensorFlow's own SparseSoftmaxCrossEntropyWithLogits wants all logits at once and
 * takes longer than these ops.
 */
export const crossEntropy: KernelConfig = tensorflowKernel<CrossEntropyInputs, CrossEntropyAttributes>(
  'CrossEntropy',
  (ops, { x, head, targets }, { ignoreIndex }) => {
    const [N] = rowsOf(x);
    const [rows, table] = [ops.of(x, rowsOf(x)), ops.of(head)]; // [N, C] and [V, C]
    const { ids, counts } = countedTargets(ops, ops.of(targets, [N]), ignoreIndex);
    const total = ops.run('Maximum', [ops.run('Sum', [counts, ops.integers([0])]), ops.scalar(1)]); // []
    const weights = ops.reshape(ops.div(counts, total), [N, 1]);
    const targetLogits = ops.reduceLast('Sum', ops.mul(rows, ops.gather(table, ids))); // [N, 1]
    const size = Math.max(1, Math.floor(CHUNK_NUMBERS / (table.shape[0] as number)));
    const sums: Sums = { normalizers: [], dx: [] };
    for (let first = 0; first < N; first += size) {
      addChunk(ops, sums, table, (value) => ops.rows(value, first, Math.min(size, N - first)), rows, weights);
    }
    const normalizers = ops.concat(sums.normalizers); // [N, 1]
    const losses = ops.mul(ops.sub(normalizers, targetLogits), weights); // [N, 1]
    const loss = ops.run('Sum', [losses, ops.integers([0, 1])]);
    const outputs = [ops.output(loss), ops.output(normalizers, [N]), ops.output(total)];
    if (sums.dHead === undefined) return outputs;
    // the softmax less 1 at the target, times the other factor of the logits
    const dx = ops.sub(ops.concat(sums.dx), ops.mul(ops.gather(table, ids), weights)); // [N, C]
    const atTargets = ops.mul(rows, weights); // [N, C]
    const [dHead] = changeValues(ops, [sums.dHead], ([all]) => {
      ops.runMany('ResourceScatterSub', [all as Value, ids, atTargets], {}, 0);
    }) as [Value];
    return [...outputs, ops.output(dx, x.shape), ops.output(dHead)];
  },
);

/** Target ids, 0 where ignored, and 1 where they count or else 0; each [N]. */
function countedTargets(ops: NativeOps, targets: Value, ignoreIndex: number): { ids: Value; counts: Value } {
  const counted = ops.run('NotEqual', [targets, ops.integers([ignoreIndex], [])]);
  const ids = ops.mul(targets, ops.cast(counted, DT_INT32));
  return { ids, counts: ops.cast(counted, DT_FLOAT) };
}

/** What the chunks of rows give together. */
interface Sums {
  /** Log-sum-exp of each row's logits, [n, 1] a chunk. */
  readonly normalizers: Value[];
  /** [n, C] a chunk. */
  readonly dx: Value[];
  /** [V, C] */
  dHead?: Value;
}

/** Logits of a chunk of rows, which `part` takes of all rows, and when a gradient may be asked for what it adds to them. */
function addChunk(
  ops: NativeOps,
  sums: Sums,
  head: Value,
  part: (value: Value) => Value,
  rows: Value,
  weights: Value,
): void {
  const earlier = sums.dHead;
  const made = ops.within(() => {
    const x = part(rows); // [n, C]
    const { exponentials, sums: total, greatest } = softmaxOf(ops, ops.matMul(x, head, false, true)); // [n, V]
    const normalizer = ops.add(greatest, ops.run('Log', [total])); // [n, 1]
    if (!isRecording()) return [normalizer];
    const share = ops.div(part(weights), total); // [n, 1]
    const dx = ops.mul(ops.matMul(exponentials, head), share); // [n, C]
    const dHead = ops.matMul(exponentials, ops.mul(x, share), true); // [V, C]
    if (earlier === undefined) return [normalizer, dx, dHead];
    return [normalizer, dx, ops.add(earlier, dHead)];
  });
  const [normalizer, dx, dHead] = made as [Value, Value | undefined, Value | undefined];
  sums.normalizers.push(normalizer);
  if (dx === undefined || dHead === undefined) return;
  sums.dx.push(dx);
  if (earlier) ops.free(earlier);
  sums.dHead = dHead;
}

/** The forward kernel's gradients times dy. */
export const crossEntropyGrad: KernelConfig = tensorflowKernel<CrossEntropyUnitGradients>(
  'CrossEntropyGrad',
  (ops, { dy, dxUnit, dHeadUnit }) => {
    const isOne = ops.backend.tensorMap.get(dy.dataId).values?.[0] === 1; // as it comes when the loss is all there is
    return [dxUnit, dHeadUnit].map((gradient) =>
      ops.output(isOne ? ops.of(gradient) : ops.mul(ops.of(gradient), ops.of(dy))),
    );
  },
);
