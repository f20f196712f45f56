import { type Scalar, type Tensor, tidy, type Variable, variable, zerosLike } from '@tensorflow/tfjs-core';
import { adamw as adamwUpdate } from '@tinyllm/compute';
import { checkField } from './check-field';

/** Tensors by the flattened name of their parameter. */
export type Named<T extends Tensor> = ReadonlyMap<string, T>;

export interface UpdateOptions {
  readonly learningRate: number;
  /** Every gradient is multiplied by it first. Where it is below 0, the step is bad, and nothing may change. */
  readonly gradientScale: Scalar;
}

/** An optimizer is a pair: `init` makes its state for some parameters, `update` takes one step. */
export interface Optimizer {
  /** A fresh state. The caller disposes its `m` and `v`. */
  init(parameters: Named<Variable>): OptimizerState;
  /** Changes parameters and moments in place and returns the next state; gradients stay the caller's. */
  update(
    state: OptimizerState,
    parameters: Named<Variable>,
    gradients: Named<Tensor>,
    options: UpdateOptions,
  ): OptimizerState;
}

/** Adam's two running moments of each parameter's gradient, and how many steps made them. */
export interface OptimizerState {
  readonly step: number;
  readonly m: Named<Variable>;
  readonly v: Named<Variable>;
}

export interface AdamWOptions {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.95, as in nanoGPT. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Default 0.1. Reaches matrices and embeddings only: norms and biases do not decay, as in nanoGPT. */
  readonly weightDecay?: number;
}

/**
 * AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) with nanoGPT's two decay groups. Throws `config/invalid-field` unless
 * the betas are from 0 to below 1, epsilon above 0 and weightDecay not below.
 */
export function adamw({
  beta1 = 0.9,
  beta2 = 0.95,
  epsilon = 1e-8,
  weightDecay = 0.1,
}: AdamWOptions = {}): Optimizer {
  for (const [field, beta] of Object.entries({ beta1, beta2 }))
    checkField(field, beta, beta >= 0 && beta < 1, 'a number from 0 to below 1');
  checkField('epsilon', epsilon, epsilon > 0 && Number.isFinite(epsilon), 'a number above 0');
  checkField(
    'weightDecay',
    weightDecay,
    weightDecay >= 0 && Number.isFinite(weightDecay),
    'a number, 0 or more',
  );
  return {
    init: zeroState,
    update(state, parameters, gradients, { learningRate, gradientScale }) {
      const step = state.step + 1;
      const slots = [...parameters].map(([name, parameter]) => ({
        parameter,
        gradient: of(gradients, name),
        m: of(state.m, name),
        v: of(state.v, name),
        weightDecay: parameter.rank >= 2 ? weightDecay : 0,
      }));
      adamwUpdate(slots, { learningRate, beta1, beta2, epsilon, step, gradientScale });
      return { ...state, step };
    },
  };
}

/** Frees the moments of a state. */
export function disposeOptimizerState({ m, v }: OptimizerState): void {
  for (const moment of [...m.values(), ...v.values()]) moment.dispose();
}

/** A state of zeros, or, where there is no memory for all of them, of none. */
function zeroState(parameters: Named<Variable>): OptimizerState {
  const state = { step: 0, m: new Map<string, Variable>(), v: new Map<string, Variable>() };
  try {
    for (const moments of [state.m, state.v])
      for (const [name, parameter] of parameters)
        moments.set(
          name,
          tidy(() => variable(zerosLike(parameter), false)),
        );
  } catch (error) {
    disposeOptimizerState(state);
    throw error;
  }
  return state;
}

function of<T extends Tensor>(tensors: Named<T>, name: string): T {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new RangeError(`The optimizer was not given ${name}.`);
  return tensor;
}
