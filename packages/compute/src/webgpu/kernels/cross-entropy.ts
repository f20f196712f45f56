import type { KernelConfig } from '@tensorflow/tfjs-core';
import type {
  CrossEntropyAttributes,
  CrossEntropyInputs,
  CrossEntropyUnitGradients,
} from '../../ops/cross-entropy';
import { checkIds } from '../../ops/ids';
import { isRecording } from '../../ops/register';
import { lastOf, sizeOf } from '../../ops/shapes';
import { family, type Program } from '../program';
import { PRODUCT_THREADS, product, productMemory, tilesOf } from '../wgsl/product';
import { sum2 } from '../wgsl/reduce';
import { parts, webgpuKernel } from './kernel';

/** Rows whose logits exist at once, and how many numbers those may be: 64 MiB, half of what every device binds. */
const CHUNK_ROWS = 2048;
const CHUNK_NUMBERS = 16 * 2 ** 20;

const THREADS = 256;

/** Threads that sum what all have, so that each needs to sum only what these have. */
const STAGE = 16;

/** How many targets count, at least 1. */
const countProgram: Program = {
  name: 'CrossEntropy, count',
  reads: { targets: 'i32' },
  writes: { count: 'f32' },
  params: { N: 'u32', ignored: 'i32' },
  threads: THREADS,
  declarations: sum2(THREADS),
  body: `
  var counted = 0.0;
  for (var i = tid; i < p.N; i += ${THREADS}u) { counted += select(0.0, 1.0, targets[i] != p.ignored); }
  let total = sum2(tid, vec2(counted, 0.0)).x;
  if (tid == 0u) { count[0] = max(total, 1.0); }`,
};

/** logits = x·headᵀ of the rows from `first` on. */
const logitsProgram: Program = {
  name: 'CrossEntropy, logits',
  reads: { x: 'real', head: 'f32' },
  writes: { logits: 'f32' },
  params: { first: 'u32', rows: 'u32', C: 'u32', V: 'u32' },
  threads: PRODUCT_THREADS,
  declarations: productMemory('x_t'),
  body: product({
    tile: 'group',
    M: 'p.rows',
    N: 'p.V',
    K: 'p.C',
    a: 'x[(p.first + i) * p.C + k]',
    b: 'head[j * p.C + k]',
    aNeighbours: 'k',
    bNeighbours: 'k',
    store: 'logits[i * p.V + j] = value;',
  }),
};

/**
 * A row of logits to a workgroup: its log-sum-exp, by one pass with a running greatest, and its loss. Where a gradient
 * is wanted the logits become it: the softmax less 1 at the target, over how many targets count; 0 where ignored.
 */
function softmaxProgram(wanted: boolean): Program {
  return {
    name: 'CrossEntropy, softmax',
    reads: { targets: 'i32', count: 'f32' },
    writes: { logits: 'f32', logSumExp: 'f32', losses: 'f32' },
    params: { first: 'u32', V: 'u32', ignored: 'i32' },
    threads: THREADS,
    declarations: `
var<workgroup> tops: array<f32, ${THREADS}>;
var<workgroup> totals: array<f32, ${THREADS}>;`,
    body: `
  let start = group * p.V;
  var top = -1e30;
  var total = 0.0;
  for (var j = tid; j < p.V; j += ${THREADS}u) {
    let logit = logits[start + j];
    let newTop = max(top, logit);
    total = total * exp(top - newTop) + exp(logit - newTop);
    top = newTop;
  }
  tops[tid] = top;
  totals[tid] = total;
  workgroupBarrier();
  if (tid < ${STAGE}u) {
    for (var i = tid + ${STAGE}u; i < ${THREADS}u; i += ${STAGE}u) {
      let newTop = max(top, tops[i]);
      total = total * exp(top - newTop) + totals[i] * exp(tops[i] - newTop);
      top = newTop;
    }
    tops[tid] = top;
    totals[tid] = total;
  }
  workgroupBarrier();
  top = tops[0];
  total = totals[0];
  for (var i = 1u; i < ${STAGE}u; i++) {
    let newTop = max(top, tops[i]);
    total = total * exp(top - newTop) + totals[i] * exp(tops[i] - newTop);
    top = newTop;
  }
  let normalizer = top + log(total);
  let id = targets[p.first + group];
  let counts = id != p.ignored;
  let share = select(0.0, 1.0 / count[0], counts);
  if (tid == 0u) {
    logSumExp[p.first + group] = normalizer;
    losses[p.first + group] = select(0.0, normalizer - logits[start + u32(max(id, 0))], counts);
  }
  ${
    wanted
      ? `storageBarrier();
  workgroupBarrier();
  for (var j = tid; j < p.V; j += ${THREADS}u) {
    let hit = select(0.0, 1.0, i32(j) == id);
    logits[start + j] = (exp(logits[start + j] - normalizer) - hit) * share;
  }`
      : ''
  }`,
  };
}

/** The gradients of a chunk in one dispatch: dhead (+)= dlogitsᵀ·x, and dx = dlogits·head. */
const gradProgram: Program = {
  name: 'CrossEntropy, gradients',
  reads: { x: 'real', head: 'f32', dLogits: 'f32' },
  writes: { dx: 'f32', dHead: 'f32' },
  params: { first: 'u32', rows: 'u32', C: 'u32', V: 'u32', headGroups: 'u32' },
  threads: PRODUCT_THREADS,
  declarations: productMemory('f32'),
  body: `
  if (group < p.headGroups) ${product({
    tile: 'group',
    M: 'p.V',
    N: 'p.C',
    K: 'p.rows',
    a: 'dLogits[k * p.V + i]',
    b: 'x[(p.first + k) * p.C + j]',
    aNeighbours: 'i',
    bNeighbours: 'j',
    store: 'dHead[i * p.C + j] = value + select(dHead[i * p.C + j], 0.0, p.first == 0u);',
  })} else ${product({
    tile: 'group - p.headGroups',
    M: 'p.rows',
    N: 'p.C',
    K: 'p.V',
    a: 'dLogits[i * p.V + k]',
    b: 'head[k * p.C + j]',
    aNeighbours: 'k',
    bNeighbours: 'j',
    store: 'dx[(p.first + i) * p.C + j] = value;',
  })}`,
};

/** The mean of the losses that count. */
const meanProgram: Program = {
  name: 'CrossEntropy, mean',
  reads: { losses: 'f32', count: 'f32' },
  writes: { loss: 'f32' },
  params: { N: 'u32' },
  threads: THREADS,
  declarations: sum2(THREADS),
  body: `
  var part = 0.0;
  for (var i = tid; i < p.N; i += ${THREADS}u) { part += losses[i]; }
  let total = sum2(tid, vec2(part, 0.0)).x;
  if (tid == 0u) { loss[0] = total / count[0]; }`,
};

const softmax = family(softmaxProgram);

/** As the reference, and when a gradient may be asked for also the gradients of x and head for dy = 1. */
export const crossEntropy: KernelConfig = webgpuKernel<CrossEntropyInputs, CrossEntropyAttributes>(
  'CrossEntropy',
  (backend, { x, head, targets }, { ignoreIndex: ignored }) => {
    const C = lastOf(x);
    const N = sizeOf(x) / C;
    const V = head.shape[0] as number;
    checkIds(backend.valuesHere(targets) ?? [], V, ignored);
    const chunk = Math.max(1, Math.min(CHUNK_ROWS, N, Math.floor(CHUNK_NUMBERS / V)));
    const [loss, logSumExp, count] = [backend.output([]), backend.output([N]), backend.output([])];
    const wanted = isRecording();
    const gradients = wanted ? [backend.output(x.shape), backend.output(head.shape)] : [];
    const [logits, losses] = [backend.output([chunk, V]), backend.output([N])];
    backend.dispatch(countProgram, 1, [targets, count], { N, ignored });
    for (let first = 0; first < N; first += chunk) {
      const rows = Math.min(chunk, N - first);
      const sizes = { first, rows, C, V };
      backend.dispatch(logitsProgram, tilesOf(rows, V), [x, head, logits], sizes);
      const bound = [targets, count, logits, logSumExp, losses];
      backend.dispatch(softmax(wanted), rows, bound, { first, V, ignored });
      if (!wanted) continue;
      const headGroups = tilesOf(V, C);
      const groups = headGroups + tilesOf(rows, C);
      backend.dispatch(gradProgram, groups, [x, head, logits, ...gradients], { ...sizes, headGroups });
    }
    backend.dispatch(meanProgram, 1, [losses, count, loss], { N });
    for (const { dataId } of [logits, losses]) backend.disposeData(dataId);
    return [loss, logSumExp, count, ...gradients];
  },
);

/** Both unit gradients times dy. */
const scaleProgram: Program = {
  name: 'CrossEntropyGrad',
  reads: { dy: 'f32', dxUnit: 'f32', dHeadUnit: 'f32' },
  writes: { dx: 'f32', dHead: 'f32' },
  params: { xSize: 'u32', headSize: 'u32', xGroups: 'u32' },
  threads: THREADS,
  body: `
  if (group < p.xGroups) {
    let i = group * ${THREADS}u + tid;
    if (i < p.xSize) { dx[i] = dxUnit[i] * dy[0]; }
  } else {
    let i = (group - p.xGroups) * ${THREADS}u + tid;
    if (i < p.headSize) { dHead[i] = dHeadUnit[i] * dy[0]; }
  }`,
};

export const crossEntropyGrad: KernelConfig = webgpuKernel<CrossEntropyUnitGradients>(
  'CrossEntropyGrad',
  (backend, { dy, dxUnit, dHeadUnit }) => {
    const known = backend.valuesHere(dy); // tfjs starts a backward pass with a 1 from the CPU
    if (known?.[0] === 1) return [dxUnit, dHeadUnit].map((unit) => backend.alias(unit, unit.shape));
    const [xSize, headSize] = [sizeOf(dxUnit), sizeOf(dHeadUnit)];
    const outputs = [backend.output(dxUnit.shape), backend.output(dHeadUnit.shape)];
    const xGroups = parts(xSize, THREADS);
    const bound = [dy, dxUnit, dHeadUnit, ...outputs];
    const params = { xSize, headSize, xGroups };
    backend.dispatch(scaleProgram, xGroups + parts(headSize, THREADS), bound, params);
    return outputs;
  },
);
