import {
  add,
  addN,
  div,
  mul,
  type Scalar,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import { hasKernel, runKernel, unshare } from './register';

/** The Euclidean norm of all tensors together. Scalar; the caller disposes. */
export function globalNorm(tensors: readonly Tensor[]): Scalar {
  if (hasKernel('GlobalNorm')) {
    return runKernel('GlobalNorm', Object.fromEntries(tensors.entries()))[0] as Scalar;
  }
  return tidy(() => sqrt(addN(tensors.map((tensor) => sum<Scalar>(square(tensor))))));
}

/** One parameter with its gradient and its running moments, all of one shape. */
export interface AdamWSlot {
  readonly parameter: Variable;
  readonly gradient: Tensor;
  /** Running mean of gradients; 0 before the first step. */
  readonly m: Variable;
  /** Running mean of squared gradients; 0 before the first step. */
  readonly v: Variable;
  /** 0 for parameters that do not decay. */
  readonly weightDecay: number;
}

export interface AdamWStep {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** 1 at the first step. */
  readonly step: number;
  /** Every gradient is multiplied by it, which `gradientScale` makes; where it is below 0, nothing changes. */
  readonly gradientScale: Scalar;
}

/** What a backend's own kernel `AdamW` is told of `count` slots. */
export interface AdamWAttributes extends Omit<AdamWStep, 'gradientScale'> {
  readonly weightDecays: readonly number[];
  readonly count: number;
}

/**
 * One AdamW update of every slot, in place (Loshchilov and Hutter 2019, arXiv:1711.05101), in PyTorch's order:
 * decay, moments, then the step with ε added to the corrected √v. Gradients stay the caller's to dispose.
 */
export function adamw(slots: readonly AdamWSlot[], options: AdamWStep): void {
  if (hasKernel('AdamW')) updateTogether(slots, options);
  else updateOneByOne(slots, options);
}

/** A backend's own kernel, which changes the variables' values where they lie: so nothing else may share them. */
function updateTogether(slots: readonly AdamWSlot[], { gradientScale, ...rates }: AdamWStep): void {
  const inputs: Record<string, Tensor> = { gradientScale };
  for (const [i, { parameter, gradient, m, v }] of slots.entries()) {
    for (const variable of [parameter, m, v]) unshare(variable);
    Object.assign(inputs, { [`p${i}`]: parameter, [`g${i}`]: gradient, [`m${i}`]: m, [`v${i}`]: v });
  }
  const weightDecays = slots.map(({ weightDecay }) => weightDecay);
  runKernel('AdamW', inputs, { ...rates, weightDecays, count: slots.length });
}

function updateOneByOne(slots: readonly AdamWSlot[], options: AdamWStep): void {
  const { learningRate, beta1, beta2, epsilon, step, gradientScale } = options;
  if ((gradientScale.dataSync()[0] as number) < 0) return;
  const stepSize = learningRate / (1 - beta1 ** step);
  const vCorrection = Math.sqrt(1 - beta2 ** step);
  for (const { parameter, gradient, m, v, weightDecay } of slots) {
    tidy(() => {
      const g = mul(gradient, gradientScale);
      m.assign(add(mul(m, beta1), mul(g, 1 - beta1)));
      v.assign(add(mul(v, beta2), mul(square(g), 1 - beta2)));
      const direction = div(m, add(div(sqrt(v), vCorrection), epsilon));
      const decayed = weightDecay === 0 ? parameter : mul(parameter, 1 - learningRate * weightDecay);
      parameter.assign(sub(decayed, mul(direction, stepSize)));
    });
  }
}
