import { activating, adding } from './ending';
import { FEW, product } from './product';
import { columnSums } from './reduce';
import { barrier, shareOf, thread } from './team';
import { multiplyInto } from './vector';

/**
 * y [n, out] = x [n, in] · weight [in, out] + bias. With an `activation`, y is its value; `kept`, where it is not 0, gets
 * its derivative, for the backward pass.
 */
export function linear(
  n: i32,
  inputs: i32,
  outputs: i32,
  x: usize,
  weight: usize,
  bias: usize,
  kept: usize,
  y: usize,
  activation: i32,
): void {
  const ending = activation === 0 ? 0 : activating(activation, kept === 0 ? 0 : y);
  const to = kept === 0 ? y : kept;
  product(n, outputs, inputs, x, inputs, 1, weight, outputs, 1, bias, 0, to, outputs, ending);
}

/** y [n, out] = residual [n, out] + dropout(x [n, in] · weight [in, out] + bias). */
export function residualLinear(
  n: i32,
  inputs: i32,
  outputs: i32,
  residual: usize,
  x: usize,
  weight: usize,
  bias: usize,
  y: usize,
  rate: f64,
  seed: f64,
  offset: f64,
): void {
  const ending = adding(residual, rate, seed, offset);
  product(n, outputs, inputs, x, inputs, 1, weight, outputs, 1, bias, 0, y, outputs, ending);
}

/**
 * dx = dz · weightᵀ, dWeight = xᵀ · dz, and where `dBias` is not 0 dBias = Σ dz; dz is dy, or where `kept`, the
 * activation's derivative, is not 0, dy · kept, which is left there.
 */
export function linearGrad(
  n: i32,
  inputs: i32,
  outputs: i32,
  dy: usize,
  x: usize,
  weight: usize,
  kept: usize,
  dx: usize,
  dWeight: usize,
  dBias: usize,
): void {
  if (kept !== 0) {
    const first = shareOf(n * outputs, thread, 4);
    const last = shareOf(n * outputs, thread + 1, 4);
    multiplyInto(last - first, kept + 4 * first, dy + 4 * first);
    if (n < FEW) barrier(); // else the product's own is there before it reads them, for it packs the weights first
    dy = kept;
  }
  product(n, inputs, outputs, dy, outputs, 1, weight, 1, outputs, 0, 0, dx, inputs, 0);
  product(inputs, outputs, n, x, 1, inputs, dy, outputs, 1, 0, 0, dWeight, outputs, 0);
  if (dBias !== 0) columnSums(n, outputs, dy, dBias);
}
