import { type Tensor, tidy, type Variable, variable } from '@tensorflow/tfjs-core';
import { createRandom, TinyllmError } from '@tinyllm/common';
import { filledTensor } from '@tinyllm/compute';
import { sizeOf } from './dtypes';

/** Shape of each parameter by its flattened name, in the order in which they are made and saved. */
export type ParameterShapes = ReadonlyMap<string, readonly number[]>;

/** A nested plain record of variables, whose flattened names are GPT-2's: `h.0.attn.c_attn.weight`. */
export type ParameterTree = { readonly [key: string]: Variable | ParameterTree } | readonly ParameterTree[];

/** Values of a parameter, before they are a variable. */
export interface ParameterValues {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Every parameter of `params` by its flattened name. */
export function flattenParameters(params: object, prefix = ''): Map<string, Variable> {
  const flat = new Map<string, Variable>();
  for (const [key, value] of Object.entries(params)) {
    const name = prefix + key;
    if (isVariable(value)) flat.set(name, value);
    else for (const [inner, parameter] of flattenParameters(value, `${name}.`)) flat.set(inner, parameter);
  }
  return flat;
}

/**
 * Nested variables of `shapes`, whose values `fill` writes one parameter at a time; numeric keys make arrays. The caller
 * disposes them, with `disposeModel` for a model's. Where `fill` throws, those that were made are disposed.
 */
export function createParameters(
  shapes: ParameterShapes,
  fill: (name: string, values: Float32Array, index: number) => void,
): object {
  const root = {};
  const make = (name: string, shape: readonly number[], index: number): void => {
    const path = name.split('.');
    let node: Record<string, object> = root;
    path.slice(0, -1).forEach((key, depth) => {
      node[key] ??= /^\d+$/.test(path[depth + 1] ?? '') ? [] : {};
      node = node[key] as Record<string, object>;
    });
    node[path.at(-1) as string] = tidy(() =>
      variable(filledTensor(shape, (values) => fill(name, values, index))),
    );
  };
  try {
    [...shapes].forEach(([name, shape], index) => {
      make(name, shape, index);
    });
    return root;
  } catch (error) {
    for (const parameter of flattenParameters(root).values()) parameter.dispose();
    throw error;
  }
}

/** Throws `model/disposed` where the first parameter of a model is. */
export function checkUsable({ isDisposed }: Variable): void {
  if (!isDisposed) return;
  throw new TinyllmError(
    'model/disposed',
    'This model was disposed, and has no parameters any more. Call disposeModel after its last use, or load it again.',
  );
}

/** Fills `values` with normal numbers of mean 0 and standard deviation `std`, from a stream of their own. */
export function fillNormal(values: Float32Array, std: number, seed: number, stream: number): void {
  const random = createRandom(seed, stream);
  for (let i = 0; i < values.length; i++) values[i] = std * random.normal();
}

/**
 * Copies loaded values of each parameter of `shapes`. Throws `model/parameters-do-not-fit`, naming what is
 * missing, what has another shape or number of values, and what is left over.
 */
export function fitParameters(
  shapes: ParameterShapes,
  values: ReadonlyMap<string, ParameterValues>,
): (name: string, into: Float32Array) => void {
  if (!(values instanceof Map)) throw misfit(['they are no Map from names to { shape, data }']);
  const problems: string[] = [];
  for (const [name, shape] of shapes) {
    const found = values.get(name);
    if (found === undefined) problems.push(`${name} [${shape}] is missing`);
    else if (String(found.shape) !== String(shape))
      problems.push(`${name} is [${found.shape}] and should be [${shape}]`);
    else if (found.data?.length !== sizeOf(shape))
      problems.push(
        `${name} [${shape}] has ${found.data?.length ?? 'no'} values and should have ${sizeOf(shape)}`,
      );
  }
  for (const name of values.keys()) if (!shapes.has(name)) problems.push(`${name} is not a parameter of it`);
  if (problems.length > 0) throw misfit(problems);
  return (name, into) => into.set(values.get(name)?.data as Float32Array);
}

/** Says which parameters do not fit a config, the first three of them. */
export function misfit(problems: readonly string[]): TinyllmError {
  const more = problems.length > 3 ? ` (and ${problems.length - 3} more)` : '';
  return new TinyllmError(
    'model/parameters-do-not-fit',
    `These parameters do not fit the config: ${problems.slice(0, 3).join('; ')}${more}. ` +
      'Load the config that was saved with them.',
  );
}

/** Number of values in all of `shapes`. */
export function countValues(shapes: ParameterShapes): number {
  let total = 0;
  for (const shape of shapes.values()) total += sizeOf(shape);
  return total;
}

function isVariable(value: unknown): value is Variable {
  return typeof value === 'object' && value !== null && 'dataId' in (value as Tensor);
}
