import { geluGrad } from './gelu';
import { product } from './product';
import { columnSums } from './reduce';
import { barrier, shareOf, thread } from './team';

/** y [n, out] = x [n, in] · weight [in, out] + bias; with `activated`, y is gelu(z) and z (it may be y) what went in. */
export function linear(
  n: i32,
  inputs: i32,
  outputs: i32,
  x: usize,
  weight: usize,
  bias: usize,
  z: usize,
  y: usize,
  activated: bool,
): void {
  product(n, outputs, inputs, x, inputs, 1, weight, outputs, 1, bias, 0, z, outputs, activated ? y : 0);
}

/** dx = dz · weightᵀ, dWeight = xᵀ · dz, dBias = Σ dz, where dz = dy · gelu′(z) is written to `dz` if z is not 0. */
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
): void {
  if (z !== 0) {
    const first = shareOf(n * outputs, thread, 16);
    const count = shareOf(n * outputs, thread + 1, 16) - first;
    geluGrad(count, dy + 4 * first, z + 4 * first, dz + 4 * first);
    barrier();
    dy = dz;
  }
  product(n, inputs, outputs, dy, outputs, 1, weight, 1, outputs, 0, 0, dx, inputs, 0);
  product(inputs, outputs, n, x, 1, inputs, dy, outputs, 1, 0, 0, dWeight, outputs, 0);
  columnSums(n, outputs, dy, dBias);
}
