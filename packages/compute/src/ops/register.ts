import {
  add,
  backend,
  engine,
  getBackend,
  getKernel,
  type NamedAttrMap,
  type NamedTensorMap,
  registerKernel,
  type Tensor,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';

/** Attributes of a kernel: plain values. */
export type Attributes = Readonly<Record<string, boolean | number | string | readonly number[] | undefined>>;

const backendNames = ['tensorflow', 'webgpu', 'wasm', 'cpu'] as const;

/**
 * Registers an operation's reference, plain tfjs ops, as the tfjs kernel `kernelName` of every backend. So
 * `tf.grads`, `tf.tidy` and profiling see one operation, and a backend's own kernel can take its place.
 */
export function registerReference<Inputs, Attrs extends Attributes>(
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

/** Whether the current backend has a kernel of that name: for operations that have no reference kernel. */
export function hasKernel(kernelName: string): boolean {
  return getKernel(kernelName, getBackend()) !== undefined;
}

/** Gives a variable values of its own where a clone has the same, so that a kernel may change them in place. */
export function unshare(variable: Variable): void {
  if (backend().refCount(variable.dataId) <= 1) return;
  tidy(() => variable.assign(add(variable, 0)));
}

/** Runs a registered kernel; inputs that are undefined are left out. The caller disposes the outputs. */
export function runKernel(
  kernelName: string,
  inputs: Readonly<Record<string, Tensor | undefined>>,
  attrs: Attributes = {},
): Tensor[] {
  const given = Object.fromEntries(Object.entries(inputs).filter(([, tensor]) => tensor !== undefined));
  const outputs = engine().runKernel(kernelName, given as NamedTensorMap, attrs as NamedAttrMap);
  return Array.isArray(outputs) ? outputs : [outputs as Tensor];
}

/**
 * Frees what a gradient saved, once it is computed: tfjs would keep it until the whole backward pass is over, and so
 * hold activations and gradients of all layers at once. tfjs gives each gradient handles of its own and uses them once.
 */
export function release(saved: readonly (Tensor | undefined)[]): void {
  for (const tensor of saved) tensor?.dispose();
}
