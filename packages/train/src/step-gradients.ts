import {
  add,
  dispose,
  engine,
  mul,
  type Scalar,
  type Tensor,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { type Precision, withPrecision } from '@tinyllm/compute';
import { loss, type Model } from '@tinyllm/model';
import { type Batch, batchTensors, countTargets } from './batch';
import type { Named } from './optimizer';

/** The mean loss of a step's batches and its gradients. */
export interface StepGradients {
  readonly loss: Scalar;
  readonly gradients: Named<Tensor>;
}

/**
 * Loss and gradients of all `batches` together, as if they were one: each counts by its share of the targets that
 * count. Batch i drops what dropout step `first` + i drops. The caller disposes them, and calls this inside a `tidy`. Throws
 * `train/id-outside-vocabulary`.
 */
export function stepGradients(
  model: Model,
  parameters: Named<Variable>,
  batches: readonly Batch[],
  {
    seed,
    first,
    precision,
  }: { readonly seed: number; readonly first: number; readonly precision: Precision },
): StepGradients {
  const variables = [...parameters.values()];
  const counts = batches.map(countTargets);
  const total = Math.max(
    1,
    counts.reduce((sum, count) => sum + count),
  );
  let sums: StepGradients | undefined;
  for (const [i, batch] of batches.entries()) {
    const [x, y] = batchTensors(batch, model.config.vocabSize);
    const share = batches.length === 1 ? 1 : (counts[i] as number) / total;
    const { value, grads } = freeingTape(() =>
      withPrecision(precision, () =>
        variableGrads(() => {
          const mean = loss(model, x, y, { dropout: { seed, step: first + i } });
          return share === 1 ? mean : mul<Scalar>(mean, share);
        }, variables),
      ),
    );
    x.dispose();
    y.dispose();
    const gradients = new Map([...parameters].map(([name, p]) => [name, grads[p.name] as Tensor]));
    sums = sums === undefined ? { loss: value, gradients } : sumOf(sums, { loss: value, gradients });
  }
  return sums as StepGradients;
}

/** What `run` gives. tfjs frees what the way forward keeps for the way back when that is over; where it fails, this does. */
function freeingTape<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    const { state } = engine();
    for (const { saved = [] } of state.activeTape ?? []) dispose(saved);
    state.activeTape = null as unknown as typeof state.activeTape; // as tfjs has it where nothing is recorded
    throw error;
  }
}

/** a + b, disposing both. */
function sumOf(a: StepGradients, b: StepGradients): StepGradients {
  const gradients = [...a.gradients].map(([name, g]): [string, Tensor] => [
    name,
    add(g, b.gradients.get(name) as Tensor),
  ]);
  const sum = { loss: add<Scalar>(a.loss, b.loss), gradients: new Map(gradients) };
  for (const { loss, gradients } of [a, b]) dispose([loss, ...gradients.values()]);
  return sum;
}
