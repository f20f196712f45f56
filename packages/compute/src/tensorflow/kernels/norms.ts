import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { LayerNormGradAttributes, LayerNormGradInputs, LayerNormInputs } from '../../ops/layer-norm';
import type { TensorInfos } from '../../ops/register';
import type { RMSNormAttributes, RMSNormGradInputs, RMSNormInputs } from '../../ops/rms-norm';
import type { NativeOps, Value } from '../native-ops';
import { rowsOf, tensorflowKernel } from './kernel';

/** Added to the variance, as in the reference. */
const EPSILON = 1e-5;

/** (x − mean)·inverseStd·weight + bias with inverseStd = 1/√(variance + ε) (Ba et al. 2016, arXiv:1607.06450). */
export const layerNorm: KernelConfig = tensorflowKernel<LayerNormInputs>(
  'LayerNorm',
  (ops, { x, weight, bias }) => {
    const x2 = ops.of(x, rowsOf(x)); // [N, C]
    const mean = ops.reduceLast('Mean', x2); // [N, 1]
    const centered = ops.sub(x2, mean); // [N, C]
    const variance = ops.reduceLast('Mean', ops.run('Square', [centered])); // [N, 1]
    const inverseStd = ops.run('Rsqrt', [ops.add(variance, ops.scalar(EPSILON))]); // [N, 1]
    const scaled = ops.mul(ops.mul(centered, inverseStd), ops.of(weight)); // [N, C]
    const y = bias ? ops.add(scaled, ops.of(bias)) : scaled;
    return [ops.output(y, x.shape), ops.output(mean), ops.output(inverseStd)];
  },
);

/**
 * What both norms have in common. With n normalized and d = dy·weight, dx = (d − n·mean(d·n))·inverse, where a norm that
 * `centers` takes mean(d) off too, and dWeight = Σ dy·n.
 */
function throughScale(
  ops: NativeOps,
  { dy, x, weight }: TensorInfos<Omit<RMSNormGradInputs, 'inverseRms'>>,
  normalized: Value,
  inverse: Value,
  centers: boolean,
) {
  const dyRows = ops.of(dy, rowsOf(x)); // [N, C]
  const dNormalized = ops.mul(dyRows, ops.of(weight)); // [N, C]
  const alongScale = ops.reduceLast('Mean', ops.mul(dNormalized, normalized)); // [N, 1]
  const across = ops.sub(dNormalized, ops.mul(normalized, alongScale)); // [N, C]
  const centered = centers ? ops.sub(across, ops.reduceLast('Mean', dNormalized)) : across;
  const dx = ops.mul(centered, inverse); // [N, C]
  const dWeight = ops.sumOfRows(ops.mul(dyRows, normalized)); // [C]
  return [ops.output(dx, x.shape), ops.output(dWeight)];
}

export const layerNormGrad: KernelConfig = tensorflowKernel<LayerNormGradInputs, LayerNormGradAttributes>(
  'LayerNormGrad',
  (ops, inputs, { bias }) => {
    const { dy, x } = inputs;
    const inverseStd = ops.of(inputs.inverseStd);
    const normalized = ops.mul(ops.sub(ops.of(x, rowsOf(x)), ops.of(inputs.mean)), inverseStd); // [N, C]
    const gradients = throughScale(ops, inputs, normalized, inverseStd, true);
    if (bias) gradients.push(ops.output(ops.sumOfRows(ops.of(dy, rowsOf(x)))));
    return gradients;
  },
);

/** x·inverseRms·weight with inverseRms = 1/√(mean(x²) + ε) (Zhang and Sennrich 2019, arXiv:1910.07467). */
export const rmsNorm: KernelConfig = tensorflowKernel<RMSNormInputs, RMSNormAttributes>(
  'RMSNorm',
  (ops, { x, weight }, { epsilon }) => {
    const x2 = ops.of(x, rowsOf(x)); // [N, C]
    const meanSquare = ops.reduceLast('Mean', ops.run('Square', [x2])); // [N, 1]
    const inverseRms = ops.run('Rsqrt', [ops.add(meanSquare, ops.scalar(epsilon))]); // [N, 1]
    const y = ops.mul(ops.mul(x2, inverseRms), ops.of(weight)); // [N, C]
    return [ops.output(y, x.shape), ops.output(inverseRms)];
  },
);

export const rmsNormGrad: KernelConfig = tensorflowKernel<RMSNormGradInputs>('RMSNormGrad', (ops, inputs) => {
  const inverseRms = ops.of(inputs.inverseRms);
  const normalized = ops.mul(ops.of(inputs.x, rowsOf(inputs.x)), inverseRms); // [N, C]
  return throughScale(ops, inputs, normalized, inverseRms, false);
});
