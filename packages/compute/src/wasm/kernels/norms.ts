import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { LayerNormGradAttributes, LayerNormGradInputs, LayerNormInputs } from '../../ops/layer-norm';
import type { RMSNormAttributes, RMSNormGradInputs, RMSNormInputs } from '../../ops/rms-norm';
import { lastOf, sizeOf } from '../../ops/shapes';
import { passCost, wasmKernel } from './kernel';

export const layerNorm: KernelConfig = wasmKernel<LayerNormInputs>(
  'LayerNorm',
  (backend, { x, weight, bias }) => {
    const C = lastOf(x);
    const N = sizeOf(x) / C;
    const y = backend.output(x.shape);
    const mean = backend.output([N, 1]);
    const inverseStd = backend.output([N, 1]);
    const addresses = [x, weight, bias, y, mean, inverseStd].map((tensor) => backend.address(tensor));
    backend.run('layerNorm', passCost(3 * N * C), N, C, ...addresses);
    return [y, mean, inverseStd];
  },
);

export const layerNormGrad: KernelConfig = wasmKernel<LayerNormGradInputs, LayerNormGradAttributes>(
  'LayerNormGrad',
  (backend, { dy, x, weight, mean, inverseStd }, { bias }) => {
    const C = lastOf(x);
    const N = sizeOf(x) / C;
    const gradients = [backend.output(x.shape), backend.output([C])];
    if (bias) gradients.push(backend.output([C]));
    const [dx, dWeight, dBias] = gradients;
    const tensors = [dy, x, weight, mean, inverseStd, dx, dWeight, dBias];
    const addresses = tensors.map((tensor) => backend.address(tensor));
    backend.withRoom(8 * C * backend.threads, (parts) => {
      backend.run('layerNormGrad', passCost(5 * N * C), N, C, ...addresses, parts);
    });
    return gradients;
  },
);

export const rmsNorm: KernelConfig = wasmKernel<RMSNormInputs, RMSNormAttributes>(
  'RMSNorm',
  (backend, { x, weight }, { epsilon }) => {
    const C = lastOf(x);
    const N = sizeOf(x) / C;
    const y = backend.output(x.shape);
    const inverseRms = backend.output([N, 1]);
    const addresses = [x, weight, y, inverseRms].map((tensor) => backend.address(tensor));
    backend.run('rmsNorm', passCost(2 * N * C), N, C, ...addresses, epsilon);
    return [y, inverseRms];
  },
);

export const rmsNormGrad: KernelConfig = wasmKernel<RMSNormGradInputs>(
  'RMSNormGrad',
  (backend, { dy, x, weight, inverseRms }) => {
    const C = lastOf(x);
    const N = sizeOf(x) / C;
    const dx = backend.output(x.shape);
    const dWeight = backend.output([C]);
    const addresses = [dy, x, weight, inverseRms, dx, dWeight].map((tensor) => backend.address(tensor));
    backend.withRoom(4 * C * backend.threads, (parts) => {
      backend.run('rmsNormGrad', passCost(4 * N * C), N, C, ...addresses, parts);
    });
    return [dx, dWeight];
  },
);
