import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { Program } from '../program';
import { sum2 } from '../wgsl/reduce';
import { lastOf, parts, sizeOf, webgpuKernel } from './kernel';

/** Threads of a workgroup that has a row to itself. */
const ROW = 64;

/** Columns whose gradients a workgroup sums, and rows that it reads at a time. */
const COLUMNS = 8;
const LANES = 32;

/**
 * Layer normalization, a row to a workgroup: y = (x − mean)/std · weight + bias, variance from the centred values
 * (Ba et al. 2016, arXiv:1607.06450). Keeps mean and 1/std.
 */
const layerNormProgram: Program = {
  name: 'LayerNorm',
  reads: { x: 'f32', weight: 'f32', bias: 'f32' },
  writes: { y: 'f32', mean: 'f32', inverseStd: 'f32' },
  params: { C: 'u32', hasBias: 'u32' },
  threads: ROW,
  declarations: sum2(ROW),
  body: `
  let start = group * p.C;
  var total = 0.0;
  for (var c = tid; c < p.C; c += ${ROW}u) { total += x[start + c]; }
  let average = sum2(tid, vec2(total, 0.0)).x / f32(p.C);
  var squares = 0.0;
  for (var c = tid; c < p.C; c += ${ROW}u) {
    let centered = x[start + c] - average;
    squares += centered * centered;
  }
  let scale = inverseSqrt(sum2(tid, vec2(squares, 0.0)).x / f32(p.C) + 1e-5);
  for (var c = tid; c < p.C; c += ${ROW}u) {
    let scaled = (x[start + c] - average) * scale * weight[c];
    y[start + c] = select(scaled, scaled + bias[c], p.hasBias == 1u);
  }
  if (tid == 0u) {
    mean[group] = average;
    inverseStd[group] = scale;
  }`,
};

/** Root-mean-square normalization, a row to a workgroup (Zhang and Sennrich 2019, arXiv:1910.07467). Keeps 1/rms. */
const rmsNormProgram: Program = {
  name: 'RMSNorm',
  reads: { x: 'f32', weight: 'f32' },
  writes: { y: 'f32', inverseRms: 'f32' },
  params: { C: 'u32', epsilon: 'f32' },
  threads: ROW,
  declarations: sum2(ROW),
  body: `
  let start = group * p.C;
  var squares = 0.0;
  for (var c = tid; c < p.C; c += ${ROW}u) { squares += x[start + c] * x[start + c]; }
  let scale = inverseSqrt(sum2(tid, vec2(squares, 0.0)).x / f32(p.C) + p.epsilon);
  for (var c = tid; c < p.C; c += ${ROW}u) { y[start + c] = x[start + c] * scale * weight[c]; }
  if (tid == 0u) { inverseRms[group] = scale; }`,
};

/**
 * Both gradients of a norm in one dispatch, for neither needs the other: first a workgroup for each row of dx, then one
 * for each few columns of dWeight and dBias, whose threads read rows apart and sum at the end. `centered` is whether the
 * mean was taken off.
 */
function gradProgram(centered: boolean): Program {
  const mean = centered ? 'mean[row]' : '0.0';
  return {
    name: centered ? 'LayerNormGrad' : 'RMSNormGrad',
    reads: { dy: 'f32', x: 'f32', weight: 'f32', ...(centered && { mean: 'f32' }), inverseStd: 'f32' },
    writes: { dx: 'f32', dWeight: 'f32', ...(centered && { dBias: 'f32' }) },
    params: { N: 'u32', C: 'u32' },
    threads: COLUMNS * LANES,
    declarations: sum2(COLUMNS * LANES),
    body: `
  if (group < p.N) {
    let row = group;
    let start = row * p.C;
    let average = ${mean};
    let scale = inverseStd[row];
    var along = vec2(0.0);
    for (var c = tid; c < p.C; c += ${COLUMNS * LANES}u) {
      let g = dy[start + c] * weight[c];
      along += vec2(${centered ? 'g' : '0.0'}, g * (x[start + c] - average) * scale);
    }
    along = sum2(tid, along) / f32(p.C);
    for (var c = tid; c < p.C; c += ${COLUMNS * LANES}u) {
      let g = dy[start + c] * weight[c];
      dx[start + c] = (g - along.x - (x[start + c] - average) * scale * along.y) * scale;
    }
    return;
  }
  let column = (group - p.N) * ${COLUMNS}u + tid % ${COLUMNS}u;
  var totals = vec2(0.0);
  if (column < p.C) {
    for (var row = tid / ${COLUMNS}u; row < p.N; row += ${LANES}u) {
      let g = dy[row * p.C + column];
      totals += vec2(g * (x[row * p.C + column] - ${mean}) * inverseStd[row], g);
    }
  }
  sumParts[tid] = totals;
  workgroupBarrier();
  if (tid < ${COLUMNS}u && column < p.C) {
    for (var lane = 1u; lane < ${LANES}u; lane++) { totals += sumParts[lane * ${COLUMNS}u + tid]; }
    dWeight[column] = totals.x;
    ${centered ? 'dBias[column] = totals.y;' : ''}
  }`,
  };
}

const layerNormGradProgram = gradProgram(true);
const rmsNormGradProgram = gradProgram(false);

interface NormInputs {
  x: TensorInfo;
  weight: TensorInfo;
  bias?: TensorInfo;
}

export const layerNorm: KernelConfig = webgpuKernel<NormInputs>(
  'LayerNorm',
  (backend, { x, weight, bias }) => {
    const C = lastOf(x);
    const N = sizeOf(x) / C;
    const outputs = [backend.output(x.shape), backend.output([N, 1]), backend.output([N, 1])];
    const params = { C, hasBias: bias ? 1 : 0 };
    backend.dispatch(layerNormProgram, N, [x, weight, bias ?? weight, ...outputs], params);
    return outputs;
  },
);

interface LayerNormGradInputs {
  dy: TensorInfo;
  x: TensorInfo;
  weight: TensorInfo;
  mean: TensorInfo;
  inverseStd: TensorInfo;
}

export const layerNormGrad: KernelConfig = webgpuKernel<LayerNormGradInputs>(
  'LayerNormGrad',
  (backend, { dy, x, weight, mean, inverseStd }) => {
    const C = lastOf(x);
    const N = sizeOf(x) / C;
    const outputs = [backend.output(x.shape), ...backend.outputsTogether([C], [C])];
    const bound = [dy, x, weight, mean, inverseStd, ...outputs];
    backend.dispatch(layerNormGradProgram, N + parts(C, COLUMNS), bound, { N, C });
    return outputs;
  },
);

export const rmsNorm: KernelConfig = webgpuKernel<NormInputs, { epsilon: number }>(
  'RMSNorm',
  (backend, { x, weight }, { epsilon }) => {
    const C = lastOf(x);
    const N = sizeOf(x) / C;
    const outputs = [backend.output(x.shape), backend.output([N, 1])];
    backend.dispatch(rmsNormProgram, N, [x, weight, ...outputs], { C, epsilon });
    return outputs;
  },
);

interface RMSNormGradInputs {
  dy: TensorInfo;
  x: TensorInfo;
  weight: TensorInfo;
  inverseRms: TensorInfo;
}

export const rmsNormGrad: KernelConfig = webgpuKernel<RMSNormGradInputs>(
  'RMSNormGrad',
  (backend, { dy, x, weight, inverseRms }) => {
    const C = lastOf(x);
    const N = sizeOf(x) / C;
    const outputs = [backend.output(x.shape), backend.output([C])];
    const bound = [dy, x, weight, inverseRms, ...outputs];
    backend.dispatch(rmsNormGradProgram, N + parts(C, COLUMNS), bound, { N, C });
    return outputs;
  },
);
