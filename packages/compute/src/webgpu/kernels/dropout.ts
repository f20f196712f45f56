import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { DropoutInputs, DropoutOptions } from '../../ops/dropout';
import { sizeOf } from '../../ops/shapes';
import type { Program } from '../program';
import { dropoutParams, dropoutValues, philoxFunctions } from '../wgsl/philox';
import { parts, webgpuKernel } from './kernel';

const THREADS = 64;

/** Dropout (Srivastava et al. 2014), four elements to a thread: those of one block of random words. */
const program: Program = {
  name: 'Dropout',
  reads: { x: 'f32' },
  writes: { y: 'f32' },
  params: { size: 'u32', ...dropoutParams },
  threads: THREADS,
  declarations: philoxFunctions,
  body: `
  let first = (group * ${THREADS}u + tid) * 4u;
  if (first >= p.size) { return; }
  let kept = kept4(first);
  for (var i = 0u; i < min(4u, p.size - first); i++) { y[first + i] = x[first + i] * kept[i]; }`,
};

export const dropout: KernelConfig = webgpuKernel<DropoutInputs, DropoutOptions>(
  'Dropout',
  (backend, { x }, attrs) => {
    const y = backend.output(x.shape);
    const size = sizeOf(x);
    backend.dispatch(program, parts(size, 4 * THREADS), [x, y], { size, ...dropoutValues(attrs) });
    return [y];
  },
);
