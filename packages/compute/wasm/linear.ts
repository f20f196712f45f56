import { activateGrad, choose } from './activation';
import { product } from './product';
import { columnSums } from './reduce';
import { barrier, take } from './team';

/** Numbers that a thread takes at a time. */
const RUN: i32 = 4096;

/** y [n, out] = x [n, in] · weight [in, out] + bias; with an `activation`, z (it may be y) is what went in. */
export function linear(
  n: i32,
  inputs: i32,
  outputs: i32,
  x: usize,
  weight: usize,
  bias: usize,
  z: usize,
  y: usize,
  activation: i32,
): void {
  choose(activation);
  product(
    n,
    outputs,
    inputs,
    x,
    inputs,
    1,
    weight,
    outputs,
    1,
    bias,
    0,
    z,
    outputs,
    activation === 0 ? 0 : y,
  );
}

/**
 * dx = dz · weightᵀ, dWeight = xᵀ · dz, and where `dBias` is not 0 dBias = Σ dz; dz = dy · activation′(z) is written to
 * `dz` if z is not 0.
 */
export function linearGrad(
  n: i32,
  inputs: i32,
  outputs: i32,
  dy: usize,
  x: usize,
  weight: usize,
  z: usize,
  dz: usize,
  dx: usize,
  dWeight: usize,
  dBias: usize,
  activation: i32,
): void {
  if (z !== 0) {
    choose(activation);
    const size = n * outputs;
    for (let i = take() * RUN; i < size; i = take() * RUN) {
      activateGrad(min(RUN, size - i), dy + 4 * i, z + 4 * i, dz + 4 * i);
    }
    barrier();
    dy = dz;
  }
  product(n, inputs, outputs, dy, outputs, 1, weight, 1, outputs, 0, 0, dx, inputs, 0);
  product(inputs, outputs, n, x, 1, inputs, dy, outputs, 1, 0, 0, dWeight, outputs, 0);
  if (dBias !== 0) columnSums(n, outputs, dy, dBias);
}
