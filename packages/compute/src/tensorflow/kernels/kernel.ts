import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { Attributes, TensorInfos } from '../../ops/register';
import { lastOf, sizeOf } from '../../ops/shapes';
import { NativeOps } from '../native-ops';
import type { NodeBackend } from '../node-backend';

/** What a kernel of this backend is: the inputs and attributes of its operation in, tensors out. */
type Run<Inputs, Attrs> = (ops: NativeOps, inputs: TensorInfos<Inputs>, attrs: Attrs) => TensorInfo[];

/** A tfjs kernel of the tensorflow backend. What its ops make is freed when it has run, but for its outputs. */
export function tensorflowKernel<Inputs, Attrs = Attributes>(
  kernelName: string,
  run: Run<Inputs, Attrs>,
): KernelConfig {
  return {
    kernelName,
    backendName: 'tensorflow',
    kernelFunc({ inputs, attrs, backend }) {
      const ops = new NativeOps(backend as NodeBackend);
      try {
        return run(ops, inputs as TensorInfos<Inputs>, attrs as unknown as Attrs);
      } finally {
        ops.freeAll();
      }
    },
  };
}

/** `x` [..., C] as [N, C]. */
export function rowsOf(x: TensorInfo): [number, number] {
  const C = lastOf(x);
  return [sizeOf(x) / C, C];
}
