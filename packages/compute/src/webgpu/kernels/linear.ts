import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { Activation } from '../../ops/linear';
import { isRecording } from '../../ops/register';
import type { Program } from '../program';
import { activationFunctions, activationNumber } from '../wgsl/activation';
import { PRODUCT_THREADS, product, productMemory, tilesOf } from '../wgsl/product';
import { lastOf, parts, sizeOf, webgpuKernel } from './kernel';

/** Up to so many rows, as in decoding, most of a tile would be empty: then a column's terms are shared out instead. */
const FEW_ROWS = 8;
const ROWS = 4;
const COLUMNS = 16;
const LANES = PRODUCT_THREADS / COLUMNS;

/** What comes of z, the product at row i and column j: y, and the activation's derivative where it is kept. */
const store = (keeping: boolean): string => `
  let z = value + select(0.0, bias[j], p.hasBias == 1u);
  let result = activated(p.activation, z);
  y[i * p.O + j] = result.x;
  ${keeping ? 'kept[i * p.O + j] = result.y;' : ''}`;

const forward = (name: string, keeping: boolean, declarations: string, body: string): Program => ({
  name,
  reads: { x: 'f32', weight: 'f32', bias: 'f32' },
  writes: { y: 'f32', ...(keeping && { kept: 'f32' }) },
  params: { N: 'u32', I: 'u32', O: 'u32', hasBias: 'u32', activation: 'u32' },
  threads: PRODUCT_THREADS,
  declarations: activationFunctions + declarations,
  body,
});

/** y = activation(x·weight + bias), x [N, I], weight [I, O], a tile of y to a workgroup. */
const tiled = (keeping: boolean): Program =>
  forward(
    'Linear',
    keeping,
    productMemory,
    product({
      tile: 'group',
      M: 'p.N',
      N: 'p.O',
      K: 'p.I',
      a: 'x[i * p.I + k]',
      b: 'weight[k * p.O + j]',
      aNeighbours: 'k',
      bNeighbours: 'j',
      store: store(keeping),
    }),
  );

/** The same for few rows: a workgroup has some columns of four rows, and each of its threads some terms of one. */
const narrow = (keeping: boolean): Program =>
  forward(
    'Linear, few rows',
    keeping,
    `var<workgroup> lanes: array<vec4<f32>, ${PRODUCT_THREADS}>;`,
    `
  let columnGroups = (p.O + ${COLUMNS - 1}u) / ${COLUMNS}u;
  let firstRow = (group / columnGroups) * ${ROWS}u;
  let j = (group % columnGroups) * ${COLUMNS}u + tid % ${COLUMNS}u;
  var sums = vec4(0.0);
  if (j < p.O) {
    let last = p.N - 1u;
    let rows = min(vec4(firstRow, firstRow + 1u, firstRow + 2u, firstRow + 3u), vec4(last)) * p.I;
    for (var k = tid / ${COLUMNS}u; k < p.I; k += ${LANES}u) {
      sums += weight[k * p.O + j] * vec4(x[rows.x + k], x[rows.y + k], x[rows.z + k], x[rows.w + k]);
    }
  }
  lanes[tid] = sums;
  workgroupBarrier();
  let row = tid / ${COLUMNS}u;
  let i = firstRow + row;
  if (row < ${ROWS}u && i < p.N && j < p.O) {
    var value = 0.0;
    for (var lane = 0u; lane < ${LANES}u; lane++) { value += lanes[lane * ${COLUMNS}u + tid % ${COLUMNS}u][row]; }
    ${store(keeping)}
  }`,
  );

const programs = {
  tiled: { plain: tiled(false), keeping: tiled(true) },
  narrow: { plain: narrow(false), keeping: narrow(true) },
};

interface LinearInputs {
  x: TensorInfo;
  weight: TensorInfo;
  bias?: TensorInfo;
}

export const linear: KernelConfig = webgpuKernel<LinearInputs, { activation?: Activation }>(
  'Linear',
  (backend, { x, weight, bias }, { activation }) => {
    const [I, O] = weight.shape as [number, number];
    const N = sizeOf(x) / I;
    const y = backend.output([...x.shape.slice(0, -1), O]);
    const keeps = activation !== undefined && isRecording();
    const outputs = keeps ? [y, backend.output([N, O])] : [y];
    const isNarrow = N <= FEW_ROWS;
    const program = programs[isNarrow ? 'narrow' : 'tiled'][keeps ? 'keeping' : 'plain'];
    const groups = isNarrow ? parts(O, COLUMNS) * parts(N, ROWS) : tilesOf(N, O);
    const params = { N, I, O, hasBias: bias ? 1 : 0, activation: activationNumber(activation) };
    backend.dispatch(program, groups, [x, weight, bias ?? weight, ...outputs], params);
    return outputs;
  },
);

/**
 * All gradients in one dispatch, for none needs another: dWeight = xᵀ·dz, dBias the sums of the columns of dz, and
 * dx = dz·weightᵀ, with dz = dy times the activation's derivative where one was kept.
 */
function gradProgram(activated: boolean, bias: boolean): Program {
  const dz = (at: string): string => (activated ? `dy[${at}] * kept[${at}]` : `dy[${at}]`);
  return {
    name: 'LinearGrad',
    reads: { dy: 'f32', x: 'f32', weight: 'f32', ...(activated && { kept: 'f32' }) },
    writes: { dx: 'f32', dWeight: 'f32', ...(bias && { dBias: 'f32' }) },
    params: { N: 'u32', I: 'u32', O: 'u32', weightGroups: 'u32', biasGroups: 'u32' },
    threads: PRODUCT_THREADS,
    declarations: productMemory,
    body: `
  if (group < p.weightGroups) ${product({
    tile: 'group',
    M: 'p.I',
    N: 'p.O',
    K: 'p.N',
    a: 'x[k * p.I + i]',
    b: dz('k * p.O + j'),
    aNeighbours: 'i',
    bNeighbours: 'j',
    store: 'dWeight[i * p.O + j] = value;',
  })} else if (group < p.weightGroups + p.biasGroups) {
    ${bias ? columnSums(dz('row * p.O + j')) : ''}
  } else ${product({
    tile: 'group - p.weightGroups - p.biasGroups',
    M: 'p.N',
    N: 'p.I',
    K: 'p.O',
    a: dz('i * p.O + k'),
    b: 'weight[j * p.O + k]',
    aNeighbours: 'k',
    bNeighbours: 'k',
    store: 'dx[i * p.I + j] = value;',
  })}`,
  };
}

/** A few columns to a workgroup, whose threads read rows apart and sum at the end. */
const columnSums = (number: string): string => `
    let j = (group - p.weightGroups) * ${COLUMNS}u + tid % ${COLUMNS}u;
    var total = 0.0;
    if (j < p.O) {
      for (var row = tid / ${COLUMNS}u; row < p.N; row += ${LANES}u) { total += ${number}; }
    }
    aTile[tid] = total;
    workgroupBarrier();
    if (tid < ${COLUMNS}u && j < p.O) {
      for (var lane = 1u; lane < ${LANES}u; lane++) { total += aTile[lane * ${COLUMNS}u + tid]; }
      dBias[j] = total;
    }`;

const gradPrograms = {
  plain: { biased: gradProgram(false, true), unbiased: gradProgram(false, false) },
  activated: { biased: gradProgram(true, true), unbiased: gradProgram(true, false) },
};

interface LinearGradInputs {
  dy: TensorInfo;
  x: TensorInfo;
  weight: TensorInfo;
  /** The activation's derivative, which the forward kernel kept. */
  kept?: TensorInfo;
}

export const linearGrad: KernelConfig = webgpuKernel<LinearGradInputs, { bias: boolean }>(
  'LinearGrad',
  (backend, { dy, x, weight, kept }, { bias }) => {
    const [I, O] = weight.shape as [number, number];
    const N = sizeOf(dy) / lastOf(dy);
    const outputs = [
      backend.output(x.shape),
      ...backend.outputsTogether(weight.shape, ...(bias ? [[O]] : [])),
    ];
    const weightGroups = tilesOf(I, O);
    const biasGroups = bias ? parts(O, COLUMNS) : 0;
    const groups = weightGroups + biasGroups + tilesOf(N, I);
    const program = gradPrograms[kept ? 'activated' : 'plain'][bias ? 'biased' : 'unbiased'];
    const bound = [dy, x, weight, ...(kept ? [kept] : []), ...outputs];
    backend.dispatch(program, groups, bound, { N, I, O, weightGroups, biasGroups });
    return outputs;
  },
);
