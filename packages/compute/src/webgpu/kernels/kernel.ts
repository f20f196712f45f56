import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { Attributes, TensorInfos } from '../../ops/register';
import type { TinyWebGPUBackend } from '../backend';

/** What a kernel of this backend is: the inputs and attributes of its operation in, tensors out. */
type Run<Inputs, Attrs> = (
  backend: TinyWebGPUBackend,
  inputs: TensorInfos<Inputs>,
  attrs: Attrs,
) => TensorInfo[];

/** A tfjs kernel of the webgpu backend. */
export function webgpuKernel<Inputs, Attrs = Attributes>(
  kernelName: string,
  run: Run<Inputs, Attrs>,
): KernelConfig {
  return {
    kernelName,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, attrs, backend }) =>
      run(backend as TinyWebGPUBackend, inputs as TensorInfos<Inputs>, attrs as unknown as Attrs),
  };
}

/** How many parts of at most `part` a whole makes. */
export function parts(whole: number, part: number): number {
  return Math.ceil(whole / part);
}
