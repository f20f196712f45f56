import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { RopeAttributes, RopeInputs } from '../../ops/rope';
import { lastOf, sizeOf } from '../../ops/shapes';
import type { Program } from '../program';
import { parts, webgpuKernel } from './kernel';

const THREADS = 256;

/** Rotary position embedding (Su et al. 2021, arXiv:2104.09864): each thread has one number, and reads its pair. */
const program: Program = {
  name: 'Rope',
  reads: { x: 'real', table: 'f32' },
  writes: { y: 'real' },
  params: { size: 'u32', W: 'u32', T: 'u32', D: 'u32', heads: 'u32', direction: 'f32' },
  threads: THREADS,
  body: `
  let at = group * ${THREADS}u + tid;
  if (at >= p.size) { return; }
  let column = at % p.W;
  if (column >= p.heads * p.D) { y[at] = y_t(x[at]); return; }
  let angle = ((at / p.W) % p.T) * p.D;
  let half = p.D / 2u;
  let d = column % p.D;
  let pair = d % half;
  let cosine = table[angle + pair];
  let sine = p.direction * table[angle + half + pair];
  let own = f32(x[at]) * cosine;
  if (d < half) { y[at] = y_t(own - f32(x[at + half]) * sine); }
  else { y[at] = y_t(own + f32(x[at - half]) * sine); }`,
};

export const rope: KernelConfig = webgpuKernel<RopeInputs, RopeAttributes>(
  'Rope',
  (backend, { x, table }, { heads, inverse }) => {
    const [T, D] = table.shape as [number, number];
    const y = backend.outputLike(x); // its gradient is this kernel too
    const size = sizeOf(x);
    const params = { size, W: lastOf(x), T, D, heads, direction: inverse ? -1 : 1 };
    backend.dispatch(program, parts(size, THREADS), [x, table, y], params);
    return [y];
  },
);
