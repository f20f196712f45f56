import type { KernelConfig } from '@tensorflow/tfjs-core';
import type {
  Activation,
  LinearAttributes,
  LinearGradAttributes,
  LinearGradInputs,
  LinearInputs,
} from '../../ops/linear';
import { isRecording } from '../../ops/register';
import { lastOf, sizeOf } from '../../ops/shapes';
import { productCost, wasmKernel } from './kernel';

/** The numbers of activations in wasm/activation.ts; 0 is none. */
const numbers: Readonly<Record<Activation, number>> = { gelu: 1, gelu_tanh: 2 };

function numberOf({ activation }: LinearAttributes): number {
  return activation ? numbers[activation] : 0;
}

export const linear: KernelConfig = wasmKernel<LinearInputs, LinearAttributes>(
  'Linear',
  (backend, { x, weight, bias }, attrs) => {
    const [inputs, outputs] = weight.shape as [number, number];
    const N = sizeOf(x) / inputs;
    const y = backend.output([...x.shape.slice(0, -1), outputs]);
    // the activation's derivative, for a backward pass
    const kept = attrs.activation && isRecording() ? backend.output([N, outputs]) : undefined;
    backend.run(
      'linear',
      productCost(N, outputs, inputs),
      N,
      inputs,
      outputs,
      backend.address(x),
      backend.address(weight),
      backend.address(bias),
      backend.address(kept),
      backend.address(y),
      numberOf(attrs),
    );
    return kept ? [y, kept] : [y];
  },
);

/** Uses up `kept`: nobody else has it. */
export const linearGrad: KernelConfig = wasmKernel<LinearGradInputs, LinearGradAttributes>(
  'LinearGrad',
  (backend, { dy, x, weight, kept }, { bias }) => {
    const [inputs, outputs] = weight.shape as [number, number];
    const N = sizeOf(dy) / lastOf(dy);
    const gradients = [backend.output(x.shape), backend.output(weight.shape)];
    if (bias) gradients.push(backend.output([outputs]));
    const [dx, dWeight, dBias] = gradients;
    const addresses = [dy, x, weight, kept, dx, dWeight, dBias].map((tensor) => backend.address(tensor));
    backend.run('linearGrad', 2 * productCost(N, outputs, inputs), N, inputs, outputs, ...addresses);
    return gradients;
  },
);
