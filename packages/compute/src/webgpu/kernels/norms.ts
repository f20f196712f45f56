import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { LayerNormGradInputs, LayerNormInputs } from '../../ops/layer-norm';
import type { RMSNormAttributes, RMSNormGradInputs, RMSNormInputs } from '../../ops/rms-norm';
import { lastOf, sizeOf } from '../../ops/shapes';
import type { Program } from '../program';
import { LANES, sumLanes } from '../wgsl/reduce';
import { parts, webgpuKernel } from './kernel';

const THREADS = 256;

/** Rows of a workgroup, each shared by LANES threads. */
const ROWS = THREADS / LANES;

/** Columns whose gradients a workgroup sums, each shared by as many threads as are left. */
const COLUMNS = 8;

/** Where a thread works: `row`, of which it takes every LANES-th number. Rows past the end are the last one again. */
const findRow = `
  let lane = tid % ${LANES}u;
  let ownRow = group * ${ROWS}u + tid / ${LANES}u;
  let row = min(ownRow, p.N - 1u);
  let start = row * p.C;`;

/** WGSL that does something for each number `c` of a thread's row. */
const forEach = (statement: string): string => `for (var c = lane; c < p.C; c += ${LANES}u) { ${statement} }`;

/**
 * Layer normalization: y = (x − mean)/std · weight + bias, variance from the centred values (Ba et al. 2016,
 * arXiv:1607.06450). Keeps mean and 1/std.
 */
const layerNormProgram: Program = {
  name: 'LayerNorm',
  reads: { x: 'f32', weight: 'f32', bias: 'f32' },
  writes: { y: 'real', mean: 'f32', inverseStd: 'f32' },
  params: { N: 'u32', C: 'u32', hasBias: 'u32' },
  threads: THREADS,
  declarations: sumLanes(THREADS),
  body: `
  ${findRow}
  var total = 0.0;
  ${forEach('total += x[start + c];')}
  let average = sumLanes(tid, vec2(total, 0.0)).x / f32(p.C);
  var squares = 0.0;
  ${forEach('let centered = x[start + c] - average; squares += centered * centered;')}
  let scale = inverseSqrt(sumLanes(tid, vec2(squares, 0.0)).x / f32(p.C) + 1e-5);
  if (ownRow >= p.N) { return; }
  ${forEach(`let scaled = (x[start + c] - average) * scale * weight[c];
    y[start + c] = y_t(select(scaled, scaled + bias[c], p.hasBias == 1u));`)}
  if (lane == 0u) {
    mean[row] = average;
    inverseStd[row] = scale;
  }`,
};

/** Root-mean-square normalization (Zhang and Sennrich 2019, arXiv:1910.07467). Keeps 1/rms. */
const rmsNormProgram: Program = {
  name: 'RMSNorm',
  reads: { x: 'f32', weight: 'f32' },
  writes: { y: 'real', inverseRms: 'f32' },
  params: { N: 'u32', C: 'u32', epsilon: 'f32' },
  threads: THREADS,
  declarations: sumLanes(THREADS),
  body: `
  ${findRow}
  var squares = 0.0;
  ${forEach('squares += x[start + c] * x[start + c];')}
  let scale = inverseSqrt(sumLanes(tid, vec2(squares, 0.0)).x / f32(p.C) + p.epsilon);
  if (ownRow >= p.N) { return; }
  ${forEach('y[start + c] = y_t(x[start + c] * scale * weight[c]);')}
  if (lane == 0u) { inverseRms[row] = scale; }`,
};

/**
 * Both gradients of a norm in one dispatch, for neither needs the other: first workgroups for the rows of dx, then for
 * the columns of dWeight and dBias, whose threads read rows apart and sum at the end. `centered` is whether the mean was
 * taken off.
 */
function gradProgram(centered: boolean): Program {
  const mean = centered ? 'mean[row]' : '0.0';
  return {
    name: centered ? 'LayerNormGrad' : 'RMSNormGrad',
    reads: { dy: 'f32', x: 'f32', weight: 'f32', ...(centered && { mean: 'f32' }), inverseStd: 'f32' },
    writes: { dx: 'f32', dWeight: 'f32', ...(centered && { dBias: 'f32' }) },
    params: { N: 'u32', C: 'u32', rowGroups: 'u32' },
    threads: THREADS,
    declarations: sumLanes(THREADS),
    body: `
  if (group < p.rowGroups) {
    ${findRow}
    let average = ${mean};
    let scale = inverseStd[row];
    var along = vec2(0.0);
    ${forEach(`let g = dy[start + c] * weight[c];
      along += vec2(${centered ? 'g' : '0.0'}, g * (x[start + c] - average) * scale);`)}
    along = sumLanes(tid, along) / f32(p.C);
    if (ownRow < p.N) {
      ${forEach(`let g = dy[start + c] * weight[c];
        dx[start + c] = (g - along.x - (x[start + c] - average) * scale * along.y) * scale;`)}
    }
    return;
  }
  let column = (group - p.rowGroups) * ${COLUMNS}u + tid % ${COLUMNS}u;
  var totals = vec2(0.0);
  if (column < p.C) {
    for (var row = tid / ${COLUMNS}u; row < p.N; row += ${THREADS / COLUMNS}u) {
      let g = dy[row * p.C + column];
      totals += vec2(g * (x[row * p.C + column] - ${mean}) * inverseStd[row], g);
    }
  }
  laneParts[tid] = totals;
  workgroupBarrier();
  if (tid < ${COLUMNS}u && column < p.C) {
    for (var part = tid + ${COLUMNS}u; part < ${THREADS}u; part += ${COLUMNS}u) { totals += laneParts[part]; }
    dWeight[column] = totals.x;
    ${centered ? 'dBias[column] = totals.y;' : ''}
  }`,
  };
}

const layerNormGradProgram = gradProgram(true);
const rmsNormGradProgram = gradProgram(false);

export const layerNorm: KernelConfig = webgpuKernel<LayerNormInputs>(
  'LayerNorm',
  (backend, { x, weight, bias }) => {
    const C = lastOf(x);
    const N = sizeOf(x) / C;
    const outputs = [backend.activations(x.shape), backend.output([N, 1]), backend.output([N, 1])];
    const params = { N, C, hasBias: bias ? 1 : 0 };
    backend.dispatch(layerNormProgram, parts(N, ROWS), [x, weight, bias ?? weight, ...outputs], params);
    return outputs;
  },
);

export const layerNormGrad: KernelConfig = webgpuKernel<LayerNormGradInputs>(
  'LayerNormGrad',
  (backend, { dy, x, weight, mean, inverseStd }) => {
    const C = lastOf(x);
    const N = sizeOf(x) / C;
    const outputs = [backend.output(x.shape), ...backend.outputsTogether([C], [C])];
    const bound = [dy, x, weight, mean, inverseStd, ...outputs];
    const rowGroups = parts(N, ROWS);
    backend.dispatch(layerNormGradProgram, rowGroups + parts(C, COLUMNS), bound, { N, C, rowGroups });
    return outputs;
  },
);

export const rmsNorm: KernelConfig = webgpuKernel<RMSNormInputs, RMSNormAttributes>(
  'RMSNorm',
  (backend, { x, weight }, { epsilon }) => {
    const C = lastOf(x);
    const N = sizeOf(x) / C;
    const outputs = [backend.activations(x.shape), backend.output([N, 1])];
    backend.dispatch(rmsNormProgram, parts(N, ROWS), [x, weight, ...outputs], { N, C, epsilon });
    return outputs;
  },
);

export const rmsNormGrad: KernelConfig = webgpuKernel<RMSNormGradInputs>(
  'RMSNormGrad',
  (backend, { dy, x, weight, inverseRms }) => {
    const C = lastOf(x);
    const N = sizeOf(x) / C;
    const outputs = [backend.output(x.shape), backend.output([C])];
    const bound = [dy, x, weight, inverseRms, ...outputs];
    const rowGroups = parts(N, ROWS);
    backend.dispatch(rmsNormGradProgram, rowGroups + parts(C, COLUMNS), bound, { N, C, rowGroups });
    return outputs;
  },
);
