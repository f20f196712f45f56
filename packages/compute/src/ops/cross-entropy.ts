import {
  add,
  addN,
  cast,
  concat,
  div,
  exp,
  expandDims,
  gather,
  logSumExp,
  matMul,
  maximum,
  mul,
  notEqual,
  reshape,
  type Scalar,
  scalar,
  slice,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { embedGradReference } from './embed';
import { registerReference, runKeeping, runKernel } from './register';
import { checkShapes, rows } from './shapes';

/** Rows whose logits exist at once: `B·T×V` values never do. */
const CHUNK_ROWS = 512;

export interface CrossEntropyOptions {
  /** Targets with this id do not count, as in PyTorch. Default −1. */
  readonly ignoreIndex?: number;
}

/**
 * The output head and its loss in one: logits are `x` [..., C] times `head` [V, C] transposed, and the loss is
 * the mean over positions of −log softmax(logits)[target], in nats; `targets` [...] int32. Scalar, 0 where
 * every target is ignored; the caller disposes. Throws `compute/shape-mismatch`, `compute/wrong-dtype`, and on wasm and
 * webgpu `compute/id-out-of-range`.
 */
export function crossEntropy(
  x: Tensor,
  head: Tensor2D,
  targets: Tensor,
  { ignoreIndex = -1 }: CrossEntropyOptions = {},
): Scalar {
  const fits = x.shape.at(-1) === head.shape[1] && x.size / head.shape[1] === targets.size;
  checkShapes(fits, 'crossEntropy', 'x [..., C], head [V, C] and targets [...]', x, head, targets);
  return runKeeping('CrossEntropy', { x, head, targets }, { ignoreIndex }, (dy, saved, kept) => {
    // a backend's own kernel may output the gradients for dy = 1 too, computed with the logits at hand
    const [logSumExp, count, dxUnit, dHeadUnit] = kept;
    const inputs = { dy, ...saved, logSumExp, count, dxUnit, dHeadUnit };
    const [dx, dHead] = runKernel('CrossEntropyGrad', inputs, { ignoreIndex });
    return { x: dx, head: dHead };
  }) as Scalar;
}

export interface CrossEntropyInputs {
  x: Tensor;
  head: Tensor2D;
  targets: Tensor;
}

export type CrossEntropyAttributes = { ignoreIndex: number };

interface Chunk {
  /** [n, C] */
  x: Tensor2D;
  /** Row of the head for each target, [n, C]. */
  targetRows: Tensor2D;
  /** Target ids, 0 where ignored, [n]. */
  ids: Tensor1D;
  /** 1 where the target counts, 0 where it is ignored, [n, 1]. */
  counts: Tensor2D;
  start: number;
}

function* chunks({ x, head, targets }: CrossEntropyInputs, ignoreIndex: number): Generator<Chunk> {
  const x2 = rows(x); // [N, C]
  const [N, C] = x2.shape;
  for (let start = 0; start < N; start += CHUNK_ROWS) {
    const n = Math.min(CHUNK_ROWS, N - start);
    const target = slice(reshape(targets, [N]), start, n) as Tensor1D; // [n]
    const counted = notEqual(target, scalar(ignoreIndex, 'int32')); // [n]
    const ids = mul<Tensor1D>(target, cast(counted, 'int32')); // [n]
    yield {
      x: slice(x2, [start, 0], [n, C]),
      targetRows: gather(head, ids),
      ids,
      counts: reshape(cast(counted, 'float32'), [n, 1]),
      start,
    };
  }
}

/** Outputs the loss, and for the backward pass the log-sum-exp of each row's logits [N] and how many rows count. */
export function crossEntropyReference(
  inputs: CrossEntropyInputs,
  { ignoreIndex }: CrossEntropyAttributes,
): [Tensor, Tensor, Tensor] {
  const normalizers: Tensor1D[] = [];
  const losses: Scalar[] = [];
  const counts: Scalar[] = [];
  for (const chunk of chunks(inputs, ignoreIndex)) {
    const normalizer = logSumExp(matMul(chunk.x, inputs.head, false, true), 1, true); // [n, 1]
    const targetLogit = sum(mul(chunk.x, chunk.targetRows), 1, true); // [n, 1]
    losses.push(sum(mul(sub(normalizer, targetLogit), chunk.counts)));
    counts.push(sum(chunk.counts));
    normalizers.push(reshape(normalizer, [normalizer.size]));
  }
  const count = maximum(addN(counts), 1);
  return [div(addN(losses), count), concat(normalizers), count];
}

interface CrossEntropyGradInputs extends CrossEntropyInputs {
  dy: Scalar;
  logSumExp: Tensor1D;
  count: Scalar;
}

/** What it takes of a backend whose forward kernel outputs the gradients for dy = 1. */
export interface CrossEntropyUnitGradients {
  dy: Scalar;
  dxUnit: Tensor;
  dHeadUnit: Tensor2D;
}

/** Gradients of x and head: the softmax less 1 at the target, times the other factor of the logits. */
export function crossEntropyGradReference(
  inputs: CrossEntropyGradInputs,
  { ignoreIndex }: CrossEntropyAttributes,
): [Tensor, Tensor] {
  const { x, head, dy, count } = inputs;
  const scale = div(dy, count);
  const dx: Tensor2D[] = [];
  let dHead: Tensor | undefined;
  for (const chunk of chunks(inputs, ignoreIndex)) {
    const weight = mul<Tensor2D>(chunk.counts, scale); // [n, 1]
    const logits = matMul(chunk.x, head, false, true); // [n, V]
    const normalizer = expandDims(slice(inputs.logSumExp, chunk.start, chunk.ids.size), 1); // [n, 1]
    const softmax = mul<Tensor2D>(exp(sub(logits, normalizer)), weight); // [n, V]
    dx.push(sub(matMul(softmax, head), mul(chunk.targetRows, weight))); // [n, C]
    const atTargets = embedGradReference({ dy: mul(chunk.x, weight), ids: chunk.ids }, head.shape[0]); // [V, C]
    const dHeadChunk = sub(matMul(softmax, chunk.x, true), atTargets); // [V, C]
    dHead = dHead ? add(dHead, dHeadChunk) : dHeadChunk;
  }
  return [reshape(concat(dx), x.shape), dHead as Tensor];
}

registerReference<CrossEntropyInputs, CrossEntropyAttributes>('CrossEntropy', crossEntropyReference);
registerReference<CrossEntropyGradInputs, CrossEntropyAttributes>(
  'CrossEntropyGrad',
  crossEntropyGradReference,
);
