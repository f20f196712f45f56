import { add, clone, type Tensor } from '@tensorflow/tfjs-core';
import type { DropoutOptions } from './dropout';
import { checkLinear, type LinearInputs, type LinearParams } from './linear';
import { registerReference, runKeeping, runKernel } from './register';
import { checkShapes } from './shapes';

/**
 * A linear layer that adds to a residual stream: `residual` [..., out] + dropout(`x` [..., in] · weight + bias), in one
 * step where the backend has one → [..., out]. The caller disposes. Throws `compute/shape-mismatch` when the axes do not
 * fit.
 */
export function residualLinear(
  residual: Tensor,
  x: Tensor,
  { weight, bias }: LinearParams,
  dropout?: DropoutOptions,
): Tensor {
  checkLinear('residualLinear', x, { weight, bias });
  const shape = [...x.shape.slice(0, -1), weight.shape[1]];
  const fits = String(residual.shape) === String(shape);
  checkShapes(fits, 'residualLinear', `a residual [${shape.join(', ')}]`, residual);
  return runKeeping('ResidualLinear', { residual, x, weight, bias }, { ...dropout }, (dy, saved) => {
    const dz = dropout ? (runKernel('Dropout', { x: dy }, { ...dropout })[0] as Tensor) : dy; // [..., out]
    const inputs = { dy: dz, x: saved.x, weight: saved.weight };
    const [dx, dWeight, dBias] = runKernel('LinearGrad', inputs, { bias: bias !== undefined });
    if (dropout) dz.dispose();
    return { residual: clone(dy), x: dx, weight: dWeight, bias: dBias };
  });
}

export interface ResidualLinearInputs extends LinearInputs {
  residual: Tensor;
}

export type ResidualLinearAttributes = Partial<DropoutOptions>;

/** The backend's own linear layer and dropout, and an addition. */
export function residualLinearReference(
  { residual, ...inputs }: ResidualLinearInputs,
  { rate = 0, seed, offset }: ResidualLinearAttributes,
): Tensor {
  const [y] = runKernel('Linear', inputs) as [Tensor]; // [..., out]
  const [kept] = rate > 0 ? (runKernel('Dropout', { x: y }, { rate, seed, offset }) as [Tensor]) : [y];
  return add(residual, kept);
}

registerReference<ResidualLinearInputs, ResidualLinearAttributes>('ResidualLinear', (inputs, attrs) => [
  residualLinearReference(inputs, attrs),
]);
