import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { EmbedGradAttributes, EmbedGradInputs, EmbedInputs } from '../../ops/embed';
import { checkIds } from '../../ops/ids';
import { lastOf, sizeOf } from '../../ops/shapes';
import type { Program } from '../program';
import { parts, webgpuKernel } from './kernel';

const THREADS = 256;

/** y = the rows of the table that ids name. */
const gatherProgram: Program = {
  name: 'Embed',
  reads: { ids: 'i32', table: 'f32' },
  writes: { y: 'f32' },
  params: { size: 'u32', C: 'u32' },
  threads: THREADS,
  body: `
  let at = group * ${THREADS}u + tid;
  if (at < p.size) { y[at] = table[u32(ids[at / p.C]) * p.C + at % p.C]; }`,
};

/**
 * A row of the table's gradient to a workgroup, which looks for its number among the ids, as many at a time as it has
 * threads, and adds up the rows of dy found. No two workgroups write to the same row, so that sums need no atomics, and
 * rows are added in order, so that they are the same each time.
 */
const scatterProgram: Program = {
  name: 'EmbedGrad',
  reads: { ids: 'i32', dy: 'f32' },
  writes: { dTable: 'f32' },
  params: { N: 'u32', C: 'u32' },
  threads: THREADS,
  declarations: `var<workgroup> found: array<atomic<u32>, ${THREADS / 32}>;`,
  body: `
  for (var c = tid; c < p.C; c += ${THREADS}u) { dTable[group * p.C + c] = 0.0; }
  for (var first = 0u; first < p.N; first += ${THREADS}u) {
    if (tid < ${THREADS / 32}u) { atomicStore(&found[tid], 0u); }
    workgroupBarrier();
    let i = first + tid;
    if (i < p.N && u32(ids[min(i, p.N - 1u)]) == group) { atomicOr(&found[tid / 32u], 1u << (tid % 32u)); }
    workgroupBarrier();
    for (var word = 0u; word < ${THREADS / 32}u; word++) {
      var bits = atomicLoad(&found[word]);
      while (bits != 0u) {
        let row = first + word * 32u + firstTrailingBit(bits);
        bits &= bits - 1u;
        for (var c = tid; c < p.C; c += ${THREADS}u) { dTable[group * p.C + c] += dy[row * p.C + c]; }
      }
    }
    workgroupBarrier();
  }`,
};

export const embed: KernelConfig = webgpuKernel<EmbedInputs>('Embed', (backend, { ids, table }) => {
  const [V, C] = table.shape as [number, number];
  checkIds(backend.valuesHere(ids) ?? [], V); // ids are uploaded for this step as a rule
  const y = backend.output([...ids.shape, C]);
  const size = sizeOf(y);
  backend.dispatch(gatherProgram, parts(size, THREADS), [ids, table, y], { size, C });
  return [y];
});

export const embedGrad: KernelConfig = webgpuKernel<EmbedGradInputs, EmbedGradAttributes>(
  'EmbedGrad',
  (backend, { dy, ids }, { vocabSize }) => {
    const C = lastOf(dy);
    const dTable = backend.output([vocabSize, C]);
    backend.dispatch(scatterProgram, vocabSize, [ids, dy, dTable], { N: sizeOf(ids), C });
    return [dTable];
  },
);
