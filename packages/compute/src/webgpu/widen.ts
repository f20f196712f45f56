import type { Program } from './program';

const THREADS = 256;

/** Half precision to float32. */
export const widenProgram: Program = {
  name: 'Widen',
  reads: { x: 'real' },
  writes: { y: 'f32' },
  params: { size: 'u32' },
  threads: THREADS,
  body: `
  let i = group * ${THREADS}u + tid;
  if (i < p.size) { y[i] = f32(x[i]); }`,
};

/** Workgroups of `widenProgram` for so many numbers. */
export function widenGroups(size: number): number {
  return Math.ceil(size / THREADS);
}
