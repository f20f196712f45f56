import type { TensorInfo } from '@tensorflow/tfjs-core';
import { isMixed } from '../precision';
import type { Metadata, NodeBackend, OpAttribute } from './node-backend';

/** A value of TensorFlow's, which tfjs does not know. */
export type Value = Metadata;

/** An attribute of an op; numbers say of which kind they are. Those that follow from the inputs are left out. */
export type Attribute =
  | boolean
  | string
  | { readonly int: number }
  | { readonly type: number }
  | { readonly float: number };

/** Numbers of TensorFlow's `DataType`. */
export const DT_FLOAT = 1;
export const DT_INT32 = 3;
export const DT_BFLOAT16 = 14;
export const DT_UINT32 = 22;
export const DT_UINT64 = 23;

/**
 * TensorFlow's ops for one run of a kernel. Every value that an op gives is freed when the kernel has run, but for those
 * that `output` hands to tfjs.
 */
export class NativeOps {
  private owned = new Set<number>();

  constructor(readonly backend: NodeBackend) {}

  /** The value of a tensor. tfjs-node hands a new tensor's values to TensorFlow when they are first used. */
  of({ dataId }: TensorInfo, shape?: readonly number[]): Value {
    const record = this.backend.tensorMap.get(dataId);
    if (record.values !== null) {
      const values = record.values as Float32Array | Int32Array;
      record.id = this.backend.binding.createTensor(record.shape, record.dtype, values);
      record.values = null;
    }
    const value = { id: record.id, shape: record.shape, dtype: record.dtype };
    return shape === undefined ? value : this.reshape(value, shape);
  }

  /** Runs an op of so many outputs. */
  runMany(
    name: string,
    inputs: readonly Value[],
    attributes: Record<string, Attribute>,
    outputs: number,
  ): Value[] {
    const { binding } = this.backend;
    const given = Object.entries(attributes).map(([key, value]) => this.attribute(key, value));
    const ids = inputs.map(({ id }) => id);
    const values = binding.executeOp(name, given, ids, outputs);
    for (const { id } of values) this.owned.add(id);
    return values;
  }

  /** Runs an op of one output. */
  run(name: string, inputs: readonly Value[], attributes: Record<string, Attribute> = {}): Value {
    return this.runMany(name, inputs, attributes, 1)[0] as Value;
  }

  add(a: Value, b: Value): Value {
    return this.run('AddV2', [a, b]);
  }

  sub(a: Value, b: Value): Value {
    return this.run('Sub', [a, b]);
  }

  mul(a: Value, b: Value): Value {
    return this.run('Mul', [a, b]);
  }

  div(a: Value, b: Value): Value {
    return this.run('RealDiv', [a, b]);
  }

  /** [m, k] times [k, n], either of them transposed. */
  matMul(a: Value, b: Value, transposeA = false, transposeB = false): Value {
    return this.product('MatMul', a, b, { transpose_a: transposeA, transpose_b: transposeB });
  }

  /** [G, m, k] times [G, k, n], either of them transposed. */
  batchMatMul(a: Value, b: Value, transposeA = false, transposeB = false): Value {
    return this.product('BatchMatMulV2', a, b, { adj_x: transposeA, adj_y: transposeB });
  }

  cast(x: Value, dtype: number): Value {
    return this.run('Cast', [x], { DstT: { type: dtype } });
  }

  /** `Sum`, `Mean` or `Max` over the last axis, which stays with length 1. */
  reduceLast(name: 'Sum' | 'Mean' | 'Max', x: Value): Value {
    return this.run(name, [x, this.integers([x.shape.length - 1])], { keep_dims: true });
  }

  /** Rows of `table` [V, C] by their numbers. */
  gather(table: Value, ids: Value): Value {
    return this.run('GatherV2', [table, ids, this.integers([0], [])]);
  }

  /** The sum of all rows of [N, C], by the op that is many times faster at it than `Sum`. */
  sumOfRows(x: Value): Value {
    return this.run('BiasAddGrad', [x]);
  }

  transpose(x: Value, order: readonly number[]): Value {
    return this.run('Transpose', [x, this.integers(order)]);
  }

  /** Float32 values one after another along an axis, the first by default. */
  concat(values: readonly Value[], axis = 0): Value {
    if (values.length === 1) return values[0] as Value;
    return this.run('ConcatV2', [...values, this.integers([axis], [])], listOf(values));
  }

  /** The sum of float32 values of one shape. */
  addAll(values: readonly Value[]): Value {
    return this.run('AddN', values, listOf(values));
  }

  /** `size` numbers of each axis from `begin` on. */
  slice(x: Value, begin: readonly number[], size: readonly number[]): Value {
    if (size.every((side, i) => side === x.shape[i])) return x;
    return this.run('Slice', [x, this.integers(begin), this.integers(size)]);
  }

  /** `count` rows of the first axis; nothing is copied. */
  rows(x: Value, first: number, count: number): Value {
    const rest = x.shape.slice(1);
    return this.slice(x, [first, ...rest.map(() => 0)], [count, ...rest]);
  }

  scalar(value: number): Value {
    return this.floats(new Float32Array([value]), []);
  }

  floats(values: Float32Array, shape: readonly number[]): Value {
    return this.create(values, shape, DT_FLOAT);
  }

  /** A vector of integers: shapes, axes, places. */
  integers(values: readonly number[] | Int32Array, shape: readonly number[] = [values.length]): Value {
    return this.create(Int32Array.from(values), shape, DT_INT32);
  }

  /** The same values in another shape; nothing is copied. */
  reshape(value: Value, shape: readonly number[]): Value {
    const { shape: old } = value;
    if (old.length === shape.length && old.every((side, i) => side === shape[i])) return value;
    return this.run('Reshape', [value, this.integers(shape)]);
  }

  /** Frees what `use` makes, but for the values that it returns. */
  within<Result extends Value | Value[]>(use: () => Result): Result {
    const outer = this.owned;
    this.owned = new Set();
    let kept: Value[] = [];
    try {
      const result = use();
      kept = Array.isArray(result) ? result : [result];
      return result;
    } finally {
      for (const { id } of kept) if (this.owned.delete(id)) outer.add(id);
      this.freeAll();
      this.owned = outer;
    }
  }

  /** Hands a value to tfjs as a tensor, in a shape of as many numbers. */
  output(value: Value, shape: readonly number[] = value.shape): TensorInfo {
    const shaped = this.reshape(value, shape);
    const owned = this.owned.delete(shaped.id) ? shaped : this.detached(shaped);
    const dataId = {};
    const record = { shape: [...shape], dtype: owned.dtype, id: owned.id, values: null, refCount: 1 };
    this.backend.tensorMap.set(dataId, record);
    return { dataId, shape: [...shape], dtype: owned.dtype === DT_INT32 ? 'int32' : 'float32' };
  }

  /** Takes a tensor's value away from it until `replace` gives it another. */
  take(tensor: TensorInfo): Value {
    const value = this.of(tensor);
    this.backend.tensorMap.get(tensor.dataId).id = -1;
    this.owned.add(value.id);
    return value;
  }

  /** Lets a tensor whose value was taken have `value`. */
  replace({ dataId }: TensorInfo, value: Value): void {
    this.owned.delete(value.id);
    this.backend.tensorMap.get(dataId).id = value.id;
  }

  /** Frees a value before the kernel ends. */
  free(value: Value): void {
    if (this.owned.delete(value.id)) this.backend.binding.deleteTensor(value.id);
  }

  freeAll(): void {
    for (const id of this.owned) this.backend.binding.deleteTensor(id);
    this.owned.clear();
  }

  /** In mixed precision factors and result are bfloat16, which has float32's range, and the sum between them is float32. */
  private product(name: string, a: Value, b: Value, attributes: Record<string, Attribute>): Value {
    if (!isMixed()) return this.run(name, [a, b], attributes);
    const rounded = [a, b].map((factor) => this.cast(factor, DT_BFLOAT16));
    const product = this.run(name, rounded, attributes);
    const result = this.cast(product, DT_FLOAT);
    for (const value of [...rounded, product]) this.free(value);
    return result;
  }

  /** A handle of its own to a value that somebody else holds. */
  private detached(value: Value): Value {
    const copy = this.run('Identity', [value]);
    this.owned.delete(copy.id);
    return copy;
  }

  private create(values: Float32Array | Int32Array, shape: readonly number[], dtype: number): Value {
    const id = this.backend.binding.createTensor(shape, dtype, values);
    this.owned.add(id);
    return { id, shape: [...shape], dtype };
  }

  private attribute(name: string, value: Attribute): OpAttribute {
    const { binding } = this.backend;
    if (typeof value === 'boolean') return { name, type: binding.TF_ATTR_BOOL, value };
    if (typeof value === 'string') return { name, type: binding.TF_ATTR_STRING, value };
    if ('int' in value) return { name, type: binding.TF_ATTR_INT, value: value.int };
    if ('type' in value) return { name, type: binding.TF_ATTR_TYPE, value: value.type };
    return { name, type: binding.TF_ATTR_FLOAT, value: value.float };
  }
}

/** What an op wants to know of a list of float32 values: its attributes do not follow from a list. */
function listOf(values: readonly Value[]): Record<string, Attribute> {
  return { N: { int: values.length }, T: { type: DT_FLOAT } };
}
