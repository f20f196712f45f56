import { TinyllmError } from '@tinyllm/common';
import { noMixedPrecision } from './backends/mixed-precision';

/** How training computes: all in float32, or `mixed`, as `withPrecision` says. */
export const precisions = ['float32', 'mixed'] as const;
export type Precision = (typeof precisions)[number];

let current: Precision = 'float32';

/**
 * Runs operations and their gradients in a precision. In `mixed` (Micikevicius et al. 2018, arXiv:1710.03740) products
 * round their factors to half precision on the way forward, and what is kept for the way back is kept in it; sums, the
 * residual stream, gradients and parameters stay float32, so losses need no scaling. On `tensorflow` it is the products
 * alone, both ways, of bfloat16 (Kalamkar et al. 2019, arXiv:1905.12322). `run` is synchronous. Throws
 * `compute/no-mixed-precision` where the current backend has none.
 */
export function withPrecision<Result>(precision: Precision, run: () => Result): Result {
  checkPrecision(precision);
  const before = current;
  current = precision;
  try {
    return run();
  } finally {
    current = before;
  }
}

/** Throws `compute/no-mixed-precision` where the current backend cannot compute in this precision, or nobody knows it. */
export function checkPrecision(precision: Precision): void {
  if (!precisions.includes(precision)) {
    throw new TinyllmError(
      'compute/no-mixed-precision',
      `There is no precision ${precision}. Choose one of ${precisions.join(', ')}.`,
    );
  }
  const reason = precision === 'mixed' ? noMixedPrecision() : undefined;
  if (reason === undefined) return;
  throw new TinyllmError(
    'compute/no-mixed-precision',
    `Mixed precision was asked for, but ${reason}. Use precision 'float32', or a backend that has it: ` +
      'webgpu on a graphics card with the feature shader-f16, or tensorflow.',
  );
}

/** Whether what runs now is in mixed precision. */
export function isMixed(): boolean {
  return current === 'mixed';
}
