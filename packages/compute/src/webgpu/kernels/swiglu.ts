import type { KernelConfig } from '@tensorflow/tfjs-core';
import { lastOf, sizeOf } from '../../ops/shapes';
import type { SwiGLUGradInputs, SwiGLUInputs } from '../../ops/swiglu';
import type { Program } from '../program';
import { parts, webgpuKernel } from './kernel';

const THREADS = 256;

const sigmoid = `fn sigmoid(z: f32) -> f32 { return 1.0 / (1.0 + exp(min(-z, 80.0))); }`;

/** g·sigmoid(g)·u for gates g and values u side by side (Shazeer 2020, arXiv:2002.05202). */
const forwardProgram: Program = {
  name: 'SwiGLU',
  reads: { x: 'real' },
  writes: { y: 'real' },
  params: { size: 'u32', F: 'u32' },
  threads: THREADS,
  declarations: sigmoid,
  body: `
  let at = group * ${THREADS}u + tid;
  if (at >= p.size) { return; }
  let gate = (at / p.F) * 2u * p.F + at % p.F;
  let g = f32(x[gate]);
  y[at] = y_t(g * sigmoid(g) * f32(x[gate + p.F]));`,
};

/** dg = dy·u·s·(1 + g·(1 − s)) and du = dy·g·s, with s = sigmoid(g). */
const backwardProgram: Program = {
  name: 'SwiGLUGrad',
  reads: { dy: 'f32', x: 'real' },
  writes: { dx: 'f32' },
  params: { size: 'u32', F: 'u32' },
  threads: THREADS,
  declarations: sigmoid,
  body: `
  let at = group * ${THREADS}u + tid;
  if (at >= p.size) { return; }
  let gate = (at / p.F) * 2u * p.F + at % p.F;
  let g = f32(x[gate]);
  let s = sigmoid(g);
  dx[gate] = dy[at] * f32(x[gate + p.F]) * s * (1.0 + g * (1.0 - s));
  dx[gate + p.F] = dy[at] * g * s;`,
};

export const swiglu: KernelConfig = webgpuKernel<SwiGLUInputs>('SwiGLU', (backend, { x }) => {
  const F = lastOf(x) / 2;
  const y = backend.activations([...x.shape.slice(0, -1), F]);
  const size = sizeOf(y);
  backend.dispatch(forwardProgram, parts(size, THREADS), [x, y], { size, F });
  return [y];
});

export const swigluGrad: KernelConfig = webgpuKernel<SwiGLUGradInputs>('SwiGLUGrad', (backend, { dy, x }) => {
  const dx = backend.output(x.shape);
  const size = sizeOf(dy);
  backend.dispatch(backwardProgram, parts(size, THREADS), [dy, x, dx], { size, F: lastOf(dy) });
  return [dx];
});
