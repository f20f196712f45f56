import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { family, type Program } from '../program';
import { sum2 } from '../wgsl/reduce';
import {
  findShare,
  groupByBuffers,
  listBindings,
  listedNumber,
  MOST_TENSORS,
  THREADS,
} from './gradient-list';
import { webgpuKernel } from './kernel';

/** The sum of the squares of each workgroup's share of a list of tensors. */
function squaresProgram(bindings: number): Program {
  return {
    name: 'GlobalNorm, squares',
    reads: listBindings(bindings),
    writes: { sums: 'f32' },
    params: { count: 'u32', first: 'u32' },
    tableRows: MOST_TENSORS,
    threads: THREADS,
    declarations: sum2(THREADS) + listedNumber(bindings),
    body: `
  ${findShare(1)}
  var squares = 0.0;
  for (var i = at; i < end; i += ${THREADS}u) {
    let g = listed(tensor.x, tensor.y + i);
    squares += g * g;
  }
  let total = sum2(tid, vec2(squares, 0.0)).x;
  if (tid == 0u) { sums[p.first + group] = total; }`,
  };
}

const rootProgram: Program = {
  name: 'GlobalNorm, root',
  reads: { sums: 'f32' },
  writes: { norm: 'f32' },
  params: { count: 'u32' },
  threads: THREADS,
  declarations: sum2(THREADS),
  body: `
  var total = 0.0;
  for (var i = tid; i < p.count; i += ${THREADS}u) { total += sums[i]; }
  let all = sum2(tid, vec2(total, 0.0)).x;
  if (tid == 0u) { norm[0] = sqrt(all); }`,
};

const squares = family(squaresProgram);

/** The Euclidean norm of all inputs together: a dispatch for as many as can be bound, and one for their sum. */
export const globalNorm: KernelConfig = webgpuKernel<Record<string, TensorInfo>>(
  'GlobalNorm',
  (backend, inputs) => {
    const bindings = backend.device.limits.maxStorageBuffersPerShaderStage - 1;
    const groups = groupByBuffers(backend, Object.values(inputs), bindings);
    const count = groups.reduce((total, { workgroups }) => total + workgroups, 0);
    const [sums, norm] = [backend.output([count]), backend.output([])];
    let first = 0;
    for (const { buffers, tensors, workgroups } of groups) {
      const rows = tensors.flatMap(({ binding, offset, size, firstGroup }) => [
        binding,
        offset,
        size,
        firstGroup,
      ]);
      const params = { count: tensors.length, first, table: Uint32Array.from(rows) };
      backend.dispatch(squares(bindings), workgroups, [...buffers, sums], params);
      first += workgroups;
    }
    backend.dispatch(rootProgram, 1, [sums, norm], { count });
    backend.disposeData(sums.dataId);
    return [norm];
  },
);
