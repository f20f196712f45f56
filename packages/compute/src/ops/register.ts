import {
  add,
  backend,
  customGrad,
  type DataType,
  engine,
  type GradSaveFunc,
  getBackend,
  getKernel,
  type KernelConfig,
  type NamedAttrMap,
  type NamedTensorMap,
  registerKernel,
  type Tensor,
  type TensorInfo,
  tidy,
  unregisterKernel,
  type Variable,
} from '@tensorflow/tfjs-core';
import { TinyllmError } from '@tinyllm/common';
import { backendNames } from '../backends/backend';

/** Attributes of a kernel: plain values. */
export type Attributes = Readonly<Record<string, boolean | number | string | readonly number[] | undefined>>;

/**
 * Registers an operation's reference, plain tfjs ops, as the tfjs kernel `kernelName` of every backend. So
 * `tf.grads`, `tf.tidy` and profiling see one operation, and a backend's own kernel can take its place.
 */
export function registerReference<Inputs, Attrs = Attributes>(
  kernelName: string,
  reference: (inputs: Inputs, attrs: Attrs) => Tensor[],
): void {
  for (const backendName of backendNames) {
    registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) => tidy(() => reference(inputs as Inputs, attrs as unknown as Attrs)),
    });
  }
}

/** The inputs of an operation as a backend's own kernel gets them. */
export type TensorInfos<Inputs> = { readonly [Name in keyof Inputs]: TensorInfo };

/** Registers a backend's own kernel, in place of the one it has by that name, if any. */
export function registerOver(kernel: KernelConfig): void {
  const { kernelName, backendName } = kernel;
  if (getKernel(kernelName, backendName)) unregisterKernel(kernelName, backendName);
  registerKernel(kernel);
}

/** Whether the current backend has a kernel of that name: for operations that have no reference kernel. */
export function hasKernel(kernelName: string): boolean {
  return getKernel(kernelName, getBackend()) !== undefined;
}

/** Whether a gradient may be asked for: tfjs's engine is recording what runs. */
export function isRecording(): boolean {
  return engine().state.gradientDepth > 0;
}

/** Gives a variable values of its own where a clone has the same, so that a kernel may change them in place. */
export function unshare(variable: Variable): void {
  if (backend().refCount(variable.dataId) <= 1) return;
  tidy(() => variable.assign(add(variable, 0)));
}

/** Tensors by the name of the input that they are, or are the gradient of. */
export type Inputs = Readonly<Record<string, Tensor | undefined>>;

/** Inputs that are int32, in every operation that has them; all others are float32. */
const int32Inputs: ReadonlySet<string> = new Set(['ids', 'targets']);

/**
 * Runs a registered kernel; inputs that are undefined are left out. The caller disposes the outputs. Throws
 * `compute/wrong-dtype`: a backend's own kernel reads memory as what it expects, and ids that are none are outside.
 */
export function runKernel(kernelName: string, inputs: Inputs, attrs: Attributes = {}): Tensor[] {
  const given: NamedTensorMap = {};
  for (const [name, tensor] of Object.entries(inputs)) {
    if (tensor === undefined) continue;
    const expected = int32Inputs.has(name) ? 'int32' : 'float32';
    if (tensor.dtype !== expected) throw wrongDtype(kernelName, name, expected, tensor.dtype);
    given[name] = tensor;
  }
  const outputs = engine().runKernel(kernelName, given, attrs as NamedAttrMap);
  return Array.isArray(outputs) ? outputs : [outputs as Tensor];
}

function wrongDtype(kernelName: string, name: string, expected: DataType, came: DataType): TinyllmError {
  return new TinyllmError(
    'compute/wrong-dtype',
    `${kernelName} expects ${name} to be ${expected}, but it is ${came}. Create it as ${expected}, or cast it: ` +
      `${name}.cast('${expected}').`,
  );
}

/**
 * Runs a kernel whose first output is the result and whose others only its gradient needs. tfjs does not see those as
 * outputs, for it would make zeros as large as each of them in every backward pass. `gradient` gets dy, the inputs and
 * the other outputs, and gives the gradients of `inputs` that are float32, by name. The caller disposes the result.
 */
export function runKeeping(
  kernelName: string,
  inputs: Inputs,
  attrs: Attributes,
  gradient: (dy: Tensor, inputs: Inputs, kept: readonly Tensor[]) => Inputs,
): Tensor {
  const given = Object.entries(inputs).filter((entry): entry is [string, Tensor] => entry[1] !== undefined);
  const differentiable = given.filter(([, { dtype }]) => dtype === 'float32');
  const run = customGrad((...args) => {
    const [value, ...kept] = runKernel(kernelName, inputs, attrs) as [Tensor, ...Tensor[]];
    (args.at(-1) as GradSaveFunc)([...given.map(([, tensor]) => tensor), ...kept]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      const savedInputs = Object.fromEntries(given.map(([name], i) => [name, saved[i]]));
      const gradients = gradient(dy, savedInputs, saved.slice(given.length));
      release(saved);
      return differentiable.map(([name]) => gradients[name] as Tensor);
    };
    return { value, gradFunc };
  });
  return run(...differentiable.map(([, tensor]) => tensor));
}

/**
 * Frees what a gradient saved, once it is computed: tfjs would keep it until the whole backward pass is over, and so
 * hold activations and gradients of all layers at once. tfjs gives each gradient handles of its own and uses them once.
 */
export function release(saved: readonly (Tensor | undefined)[]): void {
  for (const tensor of saved) tensor?.dispose();
}
