import { type Tensor, tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import { TinyllmError } from '@tinyllm/common';
import type { ParameterValues } from '@tinyllm/model';
import type { Named, OptimizerState } from './optimizer';
import type { Progress } from './progress';

/** Values by the flattened name of their parameter. */
export type NamedValues = ReadonlyMap<string, ParameterValues>;

/**
 * Everything that decides how a run goes on: pass it as `resume` to `train()` with the options of before, and on the
 * same backend and number of threads the run continues bit for bit. Copies, in plain data that can be saved or posted.
 */
export interface Snapshot {
  readonly progress: Progress;
  readonly parameters: NamedValues;
  readonly optimizer: { readonly step: number; readonly m: NamedValues; readonly v: NamedValues };
}

/** Copies the state of a run. */
export async function takeSnapshot(
  progress: Progress,
  parameters: Named<Variable>,
  { step, m, v }: OptimizerState,
): Promise<Snapshot> {
  const [values, mean, square] = await Promise.all([parameters, m, v].map(valuesOf));
  return {
    progress,
    parameters: values as NamedValues,
    optimizer: { step, m: mean as NamedValues, v: square as NamedValues },
  };
}

/**
 * Writes a snapshot into parameters and a state that `init` made; gives the state to go on with. Throws
 * `train/snapshot-does-not-fit`, before anything has changed.
 */
export function restoreSnapshot(
  { parameters: values, optimizer }: Snapshot,
  parameters: Named<Variable>,
  state: OptimizerState,
): OptimizerState {
  const pairs = [
    [values, parameters],
    [optimizer.m, state.m],
    [optimizer.v, state.v],
  ] as const;
  for (const [stored, variables] of pairs) checkFit(stored, variables);
  for (const [stored, variables] of pairs) {
    for (const [name, variable] of variables) {
      const { data, shape } = stored.get(name) as ParameterValues;
      tidy(() => variable.assign(tensor(data, [...shape], 'float32')));
    }
  }
  return { ...state, step: optimizer.step };
}

async function valuesOf(tensors: Named<Tensor>): Promise<NamedValues> {
  const read = async ([name, tensor]: [string, Tensor]): Promise<[string, ParameterValues]> => [
    name,
    { shape: tensor.shape, data: (await tensor.data()).slice() as Float32Array },
  ];
  return new Map(await Promise.all([...tensors].map(read)));
}

function checkFit(stored: NamedValues, variables: Named<Variable>): void {
  if (!(stored instanceof Map)) {
    throw new TinyllmError(
      'train/snapshot-does-not-fit',
      `A snapshot has Maps of tensors, and JSON keeps none. Save it with savedModel and writeOptimizer, as train's README does.`,
    );
  }
  const fits = (name: string, { shape, size }: Variable): boolean => {
    const values = stored.get(name);
    return String(values?.shape) === String(shape) && values?.data.length === size;
  };
  const wrong = [...variables].find(([name, variable]) => !fits(name, variable));
  if (wrong === undefined && stored.size === variables.size) return;
  const [name, variable] = wrong ?? [[...stored.keys()].find((key) => !variables.has(key))];
  const { shape = 'nothing', data = [] } = stored.get(name as string) ?? {};
  throw new TinyllmError(
    'train/snapshot-does-not-fit',
    `The snapshot is of another model: it has ${name} as [${shape}], ` +
      `the model as [${variable?.shape ?? 'nothing'}], and ${data.length} values of it. Resume with the config that the snapshot was taken with.`,
  );
}
