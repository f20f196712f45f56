import { getKernel, type KernelConfig, type KernelFunc, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Attributes, TensorInfos } from '../../ops/register';
import type { WasmBackend } from '../backend';

/** What a kernel of this backend is: the inputs and attributes of its operation in, tensors out. */
type Run<Inputs, Attrs> = (
  backend: WasmBackend,
  inputs: TensorInfos<Inputs>,
  attrs: Attrs,
) => TensorInfo | TensorInfo[];

/** A tfjs kernel of the wasm backend. */
export function wasmKernel<Inputs, Attrs = Attributes>(
  kernelName: string,
  run: Run<Inputs, Attrs>,
): KernelConfig {
  return {
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) =>
      run(backend as WasmBackend, inputs as TensorInfos<Inputs>, attrs as unknown as Attrs),
  };
}

/** Runs tfjs-backend-cpu's kernel on this backend's memory, for what a fast kernel does not cover. */
export function runOnCpu(
  kernelName: string,
  backend: WasmBackend,
  inputs: object,
  attrs: object = {},
): TensorInfo | TensorInfo[] {
  backend.settle();
  const { kernelFunc } = getKernel(kernelName, 'cpu') as { kernelFunc: KernelFunc };
  return kernelFunc({ inputs, attrs, backend } as Parameters<KernelFunc>[0]);
}

/** Nanoseconds that one thread takes for so many multiplications and additions of a matrix product, about. */
export function productCost(m: number, n: number, k: number): number {
  return (2 * m * n * k) / 40;
}

/** Nanoseconds that one thread takes to read or write so many numbers, about. */
export function passCost(numbers: number): number {
  return numbers / 2;
}
