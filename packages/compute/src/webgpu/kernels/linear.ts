import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type {
  LinearAttributes,
  LinearGradAttributes,
  LinearGradInputs,
  LinearInputs,
} from '../../ops/linear';
import { isRecording, type TensorInfos } from '../../ops/register';
import type { ResidualLinearAttributes, ResidualLinearInputs } from '../../ops/residual-linear';
import { lastOf, sizeOf } from '../../ops/shapes';
import type { TinyWebGPUBackend } from '../backend';
import { family, type Params, type Program } from '../program';
import { activationFunctions, activationNumber } from '../wgsl/activation';
import { dropoutParams, dropoutValues, philoxFunctions } from '../wgsl/philox';
import { PRODUCT_THREADS, product, productMemory, tilesOf } from '../wgsl/product';
import { parts, webgpuKernel } from './kernel';

/** Up to so many rows, as in decoding, most of a tile would be empty: then a column's terms are shared out instead. */
const FEW_ROWS = 8;
const ROWS = 4;
const COLUMNS = 16;
const LANES = PRODUCT_THREADS / COLUMNS;

/**
 * What becomes of z, the product and the bias at row i and column j: an activation, whose derivative may be kept, or the
 * residual that it is added to, some of it dropped.
 */
type Ending = 'activation' | 'keeping' | 'residual' | 'dropping';

function endingOf(ending: Ending, kept: string): string {
  if (ending === 'residual') return 'y[at] = y_t(residual[at] + z);';
  if (ending === 'dropping') return `y[at] = y_t(residual[at] + z * ${kept});`;
  const keep = ending === 'keeping' ? 'kept[at] = kept_t(result.y);' : '';
  return `let result = activated(p.activation, z); y[at] = y_t(result.x); ${keep}`;
}

function forwardProgram(isNarrow: boolean, ending: Ending): Program {
  const adds = ending === 'residual' || ending === 'dropping';
  const store = (kept: string): string => `
  let at = i * p.O + j;
  let z = value + select(0.0, bias[j], p.hasBias == 1u);
  ${endingOf(ending, kept)}`;
  return {
    name: `${adds ? 'ResidualLinear' : 'Linear'}${isNarrow ? ', few rows' : ''}`,
    reads: { x: 'real', weight: 'f32', bias: 'f32', ...(adds && { residual: 'f32' }) },
    writes: { y: 'real', ...(ending === 'keeping' && { kept: 'real' }) },
    params: {
      N: 'u32',
      I: 'u32',
      O: 'u32',
      hasBias: 'u32',
      activation: 'u32',
      ...(ending === 'dropping' && dropoutParams),
    },
    threads: PRODUCT_THREADS,
    declarations: [
      adds ? '' : activationFunctions,
      ending === 'dropping' ? philoxFunctions : '',
      isNarrow ? `var<workgroup> lanes: array<vec4<f32>, ${PRODUCT_THREADS}>;` : productMemory('x_t'),
    ].join(''),
    body: isNarrow
      ? narrow(store('kept1(at)'))
      : tiled(store('kept[c]'), ending === 'dropping' ? 'let kept = kept4(i * p.O + firstJ);' : ''),
  };
}

/** x·weight, x [N, I], weight [I, O], a tile of it to a workgroup. */
function tiled(store: string, beforeFour: string): string {
  return product({
    tile: 'group',
    M: 'p.N',
    N: 'p.O',
    K: 'p.I',
    a: 'x[i * p.I + k]',
    b: 'weight[k * p.O + j]',
    aNeighbours: 'k',
    bNeighbours: 'j',
    beforeFour,
    store,
  });
}

/** The same for few rows: a workgroup has some columns of four rows, and each of its threads some terms of one. */
function narrow(store: string): string {
  return `
  let columnGroups = (p.O + ${COLUMNS - 1}u) / ${COLUMNS}u;
  let firstRow = (group / columnGroups) * ${ROWS}u;
  let j = (group % columnGroups) * ${COLUMNS}u + tid % ${COLUMNS}u;
  var sums = vec4(0.0);
  if (j < p.O) {
    let last = p.N - 1u;
    let rows = min(vec4(firstRow, firstRow + 1u, firstRow + 2u, firstRow + 3u), vec4(last)) * p.I;
    for (var k = tid / ${COLUMNS}u; k < p.I; k += ${LANES}u) {
      sums += weight[k * p.O + j] * vec4<f32>(vec4(x[rows.x + k], x[rows.y + k], x[rows.z + k], x[rows.w + k]));
    }
  }
  lanes[tid] = sums;
  workgroupBarrier();
  let row = tid / ${COLUMNS}u;
  let i = firstRow + row;
  if (row < ${ROWS}u && i < p.N && j < p.O) {
    var value = 0.0;
    for (var lane = 0u; lane < ${LANES}u; lane++) { value += lanes[lane * ${COLUMNS}u + tid % ${COLUMNS}u][row]; }
    ${store}
  }`;
}

const forward = family(forwardProgram);

/** Runs `ending` of x·weight + bias on `others`, what the ending reads and writes besides. */
function runForward(
  backend: TinyWebGPUBackend,
  { x, weight, bias }: TensorInfos<LinearInputs>,
  ending: Ending,
  others: readonly TensorInfo[],
  params: Params,
): void {
  const [I, O] = weight.shape as [number, number];
  const N = sizeOf(x) / I;
  const isNarrow = N <= FEW_ROWS;
  const groups = isNarrow ? parts(O, COLUMNS) * parts(N, ROWS) : tilesOf(N, O);
  const bound = [x, weight, bias ?? weight, ...others];
  const sizes = { N, I, O, hasBias: bias ? 1 : 0, activation: 0 };
  backend.dispatch(forward(isNarrow, ending), groups, bound, { ...sizes, ...params });
}

export const linear: KernelConfig = webgpuKernel<LinearInputs, LinearAttributes>(
  'Linear',
  (backend, inputs, { activation }) => {
    const { x, weight } = inputs;
    const [I, O] = weight.shape as [number, number];
    const outputs = [backend.activations([...x.shape.slice(0, -1), O])];
    const keeps = activation !== undefined && isRecording();
    if (keeps) outputs.push(backend.activations([sizeOf(x) / I, O]));
    const params = { activation: activationNumber(activation) };
    runForward(backend, inputs, keeps ? 'keeping' : 'activation', outputs, params);
    return outputs;
  },
);

export const residualLinear: KernelConfig = webgpuKernel<ResidualLinearInputs, ResidualLinearAttributes>(
  'ResidualLinear',
  (backend, { residual, ...inputs }, dropout) => {
    const y = backend.output(residual.shape);
    const ending = (dropout.rate ?? 0) > 0 ? 'dropping' : 'residual';
    runForward(backend, inputs, ending, [residual, y], dropoutValues(dropout));
    return [y];
  },
);

/**
 * All gradients in one dispatch, for none needs another: dWeight = xᵀ·dz, dBias the sums of the columns of dz, and
 * dx = dz·weightᵀ, with dz = dy times the activation's derivative where one was kept.
 */
function gradProgram(activated: boolean, bias: boolean): Program {
  const dz = (at: string): string => (activated ? `dy[${at}] * f32(kept[${at}])` : `dy[${at}]`);
  return {
    name: 'LinearGrad',
    reads: { dy: 'f32', x: 'real', weight: 'f32', ...(activated && { kept: 'real' }) },
    writes: { dx: 'f32', dWeight: 'f32', ...(bias && { dBias: 'f32' }) },
    params: { N: 'u32', I: 'u32', O: 'u32', weightGroups: 'u32', biasGroups: 'u32' },
    threads: PRODUCT_THREADS,
    declarations: productMemory('f32'),
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

export const linearGrad: KernelConfig = webgpuKernel<LinearGradInputs, LinearGradAttributes>(
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
