import type { Activation } from '../../ops/linear';

/** The numbers of activations in `activated`; 0 is none. */
const numbers: Readonly<Record<Activation, number>> = { gelu: 1, gelu_tanh: 2 };

export function activationNumber(activation: Activation | undefined): number {
  return activation ? numbers[activation] : 0;
}

/**
 * `activated(kind, z)`: value and derivative of GELU (Hendrycks and Gimpel 2016, arXiv:1606.08415). It is z·s: where it
 * is exact, s = Φ(z) by Abramowitz and Stegun 7.1.26, to 1.5e-7; in its form by tanh s = 1 / (1 + e^(−2u)) with
 * u = √(2/π)·(z + 0.044715·z³), which is ½(1 + tanh u) without its cancellation.
 */
export const activationFunctions: string = `
fn activated(kind: u32, z: f32) -> vec2<f32> {
  if (kind == 0u) { return vec2(z, 1.0); }
  if (kind == 1u) {
    let bell = exp(-0.5 * z * z);
    let t = 1.0 / (1.0 + 0.3275911 * 0.70710678118654752 * abs(z));
    let series = fma(fma(fma(fma(1.061405429, t, -1.453152027), t, 1.421413741), t, -0.284496736), t, 0.254829592);
    let tail = 0.5 * series * t * bell;
    let s = select(tail, 1.0 - tail, z >= 0.0);
    return vec2(z * s, fma(z * bell, 0.3989422804014327, s));
  }
  let slope = fma(z * z, 0.7978845608028654 * 0.044715, 0.7978845608028654);
  let s = 1.0 / (1.0 + exp(min(-2.0 * z * slope, 80.0)));
  let twiceSlope = fma(z * z, 6.0 * 0.7978845608028654 * 0.044715, 2.0 * 0.7978845608028654);
  return vec2(z * s, fma(z * twiceSlope, s * (1.0 - s), s));
}`;
