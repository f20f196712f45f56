import type { KernelBackend } from '@tensorflow/tfjs-core';

/** A value of TensorFlow's own, as tfjs-node's addon numbers them. */
export interface Metadata {
  readonly id: number;
  readonly shape: number[];
  /** A number of TensorFlow's `DataType`. */
  readonly dtype: number;
}

/** An attribute of an op, as the addon takes it. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: boolean | number | string | readonly number[];
}

/** What tfjs-node's addon offers, as far as we use it. */
export interface Binding {
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_SHAPE: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_TYPE: number;
  createTensor(shape: readonly number[], dtype: number, values: Float32Array | Int32Array): number;
  deleteTensor(id: number): void;
  executeOp(name: string, attributes: OpAttribute[], inputs: number[], outputs: number): Metadata[];
}

/** What tfjs-node's backend keeps of a tensor; `id` is −1 as long as `values` have not been handed to TensorFlow. */
export interface TensorRecord {
  shape: number[];
  dtype: number;
  id: number;
  values: Float32Array | Int32Array | Uint8Array | null;
  refCount: number;
}

/** The backend that tfjs-node registers, as far as we use it: the package is optional, so its types are not here. */
export interface NodeBackend extends KernelBackend {
  readonly binding: Binding;
  readonly isGPUPackage: boolean;
  readonly isUsingGpuDevice: boolean;
  /** Ours: why it has no mixed precision; undefined where it has. */
  noMixedPrecision?: string | undefined;
  readonly tensorMap: {
    get(dataId: object): TensorRecord;
    set(dataId: object, record: TensorRecord): void;
  };
}
