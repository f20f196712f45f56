import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { GradientScaleAttributes, GradientScaleInputs } from '../../ops/gradient-scale';
import type { Program } from '../program';
import { webgpuKernel } from './kernel';

/** The largest float32. */
const MOST = 3.4028234663852886e38;

/** WGSL may take every number for finite, so what is not is known by its bits. */
const program: Program = {
  name: 'GradientScale',
  reads: { norm: 'f32', loss: 'f32', before: 'f32' },
  writes: { scale: 'f32' },
  params: { gradClip: 'f32', maxLoss: 'f32' },
  threads: 1,
  declarations: `
fn finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }`,
  body: `
  let good = finite(norm[0]) && finite(loss[0]) && loss[0] <= p.maxLoss && before[0] >= 0.0;
  let clipped = select(1.0, min(1.0, p.gradClip / (norm[0] + 1e-6)), p.gradClip > 0.0);
  scale[0] = select(-1.0, clipped, good);`,
};

/** Without a step before, the norm stands in for its scale: it is never below 0. */
export const gradientScale: KernelConfig = webgpuKernel<GradientScaleInputs, GradientScaleAttributes>(
  'GradientScale',
  (backend, { norm, loss, before = norm }, { gradClip, maxLoss }) => {
    const scale = backend.output([]);
    backend.dispatch(program, 1, [norm, loss, before, scale], { gradClip, maxLoss: Math.min(maxLoss, MOST) });
    return [scale];
  },
);
