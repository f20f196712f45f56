import type { TensorInfo } from '@tensorflow/tfjs-core';
import { DT_FLOAT, type NativeOps, type Value } from './native-ops';
import type { NodeBackend } from './node-backend';

/** TensorFlow's variables that tensors pass through when their values change where they lie, by backend. */
const variables = new WeakMap<NodeBackend, Value[]>();

/** Tensors whose memory is TensorFlow's own: that of others may be an array which JavaScript still has. */
const native = new WeakSet<object>();

/** `count` variables of TensorFlow's, which live as long as the process. */
function variablesOf({ backend }: NativeOps, count: number): Value[] {
  const { binding } = backend;
  const made = variables.get(backend) ?? [];
  variables.set(backend, made);
  while (made.length < count) {
    const attributes = [
      { name: 'dtype', type: binding.TF_ATTR_TYPE, value: DT_FLOAT },
      { name: 'shape', type: binding.TF_ATTR_SHAPE, value: [] },
      { name: 'shared_name', type: binding.TF_ATTR_STRING, value: `tinyllm-${made.length}` },
    ];
    made.push(...binding.executeOp('VarHandleOp', attributes, [], 1));
  }
  return made.slice(0, count);
}

/**
 * Changes values in place by ops on resources, which `update` gets, one for each value. Nobody else may use the values
 * afterwards; the new ones take their place.
 */
export function changeValues(
  ops: NativeOps,
  values: readonly Value[],
  update: (resources: Value[]) => void,
): Value[] {
  const resources = variablesOf(ops, values.length);
  for (const [i, value] of values.entries()) {
    ops.runMany('AssignVariableOp', [resources[i] as Value, value], {}, 0);
    ops.free(value);
  }
  update(resources);
  return resources.map((resource) => ops.run('ReadVariableOp', [resource], { dtype: { type: DT_FLOAT } }));
}

/** The same for float32 tensors, which nothing else may share. `shapes` are those that `update` sees them in. */
export function changeTensors(
  ops: NativeOps,
  tensors: readonly TensorInfo[],
  update: (resources: Value[]) => void,
  shapes: readonly (readonly number[])[] = tensors.map(({ shape }) => shape),
): void {
  const values = tensors.map((tensor, i) => {
    const value = ops.take(tensor);
    const shaped = ops.reshape(value, shapes[i] as readonly number[]);
    const own = native.has(tensor.dataId) ? shaped : ops.mul(shaped, ops.scalar(1));
    if (own !== value) ops.free(value); // else TensorFlow copies what it is to change
    native.add(tensor.dataId);
    return own;
  });
  const changed = changeValues(ops, values, update);
  for (const [i, tensor] of tensors.entries())
    ops.replace(tensor, ops.reshape(changed[i] as Value, tensor.shape));
}
