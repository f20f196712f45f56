import { engine, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Activation } from '../../ops/linear';
import { lastOf, productCost, sizeOf, wasmKernel } from './kernel';

/** The numbers of activations in wasm/activation.ts; 0 is none. */
const numbers: Readonly<Record<Activation, number>> = { gelu: 1, gelu_tanh: 2 };

type Attributes = { activation?: Activation };

function numberOf({ activation }: Attributes): number {
  return activation ? numbers[activation] : 0;
}

interface LinearInputs {
  x: TensorInfo;
  weight: TensorInfo;
  bias?: TensorInfo;
}

export const linear: KernelConfig = wasmKernel<LinearInputs, Attributes>(
  'Linear',
  (backend, { x, weight, bias }, attrs) => {
    const [inputs, outputs] = weight.shape as [number, number];
    const N = sizeOf(x) / inputs;
    const y = backend.output([...x.shape.slice(0, -1), outputs]);
    // what goes into the activation is kept for the backward pass only; else y takes its place
    const z = attrs.activation && isRecording() ? backend.output([N, outputs]) : undefined;
    backend.run(
      'linear',
      productCost(N, outputs, inputs),
      N,
      inputs,
      outputs,
      backend.address(x),
      backend.address(weight),
      backend.address(bias),
      backend.address(z ?? y),
      backend.address(y),
      numberOf(attrs),
    );
    return z ? [y, z] : [y];
  },
);

interface LinearGradInputs {
  dy: TensorInfo;
  x: TensorInfo;
  weight: TensorInfo;
  z?: TensorInfo;
}

export const linearGrad: KernelConfig = wasmKernel<LinearGradInputs, Attributes & { bias: boolean }>(
  'LinearGrad',
  (backend, { dy, x, weight, z }, attrs) => {
    const [inputs, outputs] = weight.shape as [number, number];
    const N = sizeOf(dy) / lastOf(dy);
    const dx = backend.output(x.shape);
    const dWeight = backend.output(weight.shape);
    const dBias = attrs.bias ? backend.output([outputs]) : undefined;
    backend.withRoom(z ? 4 * sizeOf(z) : 0, (dz) => {
      backend.run(
        'linearGrad',
        2 * productCost(N, outputs, inputs),
        N,
        inputs,
        outputs,
        backend.address(dy),
        backend.address(x),
        backend.address(weight),
        backend.address(z),
        dz,
        backend.address(dx),
        backend.address(dWeight),
        backend.address(dBias),
        numberOf(attrs),
      );
    });
    return dBias ? [dx, dWeight, dBias] : [dx, dWeight];
  },
);

/** Whether a gradient may be asked for: tfjs's engine is recording what runs. */
export function isRecording(): boolean {
  return engine().state.gradientDepth > 0;
}
