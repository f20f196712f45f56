import type { NativeOps, Value } from '../native-ops';

/** Weights that are not yet divided by their sum, and what makes them weights, each [G, T, 1]. */
export interface Softmax {
  /** exp(score − greatest), [G, T, S] */
  readonly exponentials: Value;
  readonly sums: Value;
  readonly greatest: Value;
}

/** The softmax of `scores` [G, T, S] but for its division, which is done once the weights have been summed with. */
export function softmaxOf(ops: NativeOps, scores: Value): Softmax {
  const greatest = ops.reduceLast('Max', scores);
  const exponentials = ops.run('Exp', [ops.sub(scores, greatest)]);
  return { exponentials, sums: ops.reduceLast('Sum', exponentials), greatest };
}

/** What is added to scores [.., T, S] of positions `first`, `first` + 1, …: so low for later keys that they weigh 0. */
export function causalMask(ops: NativeOps, T: number, S: number, first = 0): Value {
  const later = new Float32Array(T * S);
  for (let t = 0; t < T; t++) later.fill(-1e30, t * S + first + t + 1, (t + 1) * S);
  return ops.floats(later, [T, S]);
}
