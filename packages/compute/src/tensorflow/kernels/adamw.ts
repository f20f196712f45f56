import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { AdamWAttributes } from '../../ops/adamw';
import type { Value } from '../native-ops';
import { changeTensors } from '../resources';
import { tensorflowKernel } from './kernel';

/** The Euclidean norm of all inputs together. */
export const globalNorm: KernelConfig = tensorflowKernel<Record<string, TensorInfo>>(
  'GlobalNorm',
  (ops, inputs) => {
    const halves = Object.values(inputs).map((tensor) => ops.run('L2Loss', [ops.of(tensor)])); // Σ x²/2, each
    const half = ops.addAll(halves);
    return [ops.output(ops.run('Sqrt', [ops.mul(half, ops.scalar(2))]))];
  },
);

/**
 * Inputs are gradientScale and, for each slot i, `p${i}`, `g${i}`, `m${i}`, `v${i}`; p, m and v change in place. TensorFlow's
 * Adam steps by α·m/(√v + ε̂): with α = stepSize·c and ε̂ = ε·c, where c corrects √v, that is PyTorch's.
 */
export const adamw: KernelConfig = tensorflowKernel<Record<string, TensorInfo>, AdamWAttributes>(
  'AdamW',
  (ops, inputs, { count, learningRate, weightDecays, beta1, beta2, epsilon, step }) => {
    if ((ops.backend.readSync((inputs.gradientScale as TensorInfo).dataId)[0] as number) < 0) return [];
    const vCorrection = Math.sqrt(1 - beta2 ** step);
    const alpha = (learningRate * vCorrection) / (1 - beta1 ** step);
    const [none, rate, b1, b2, epsilonHat] = [0, alpha, beta1, beta2, epsilon * vCorrection].map((value) =>
      ops.scalar(value),
    ) as [Value, Value, Value, Value, Value];
    const scale = ops.of(inputs.gradientScale as TensorInfo);
    for (let i = 0; i < count; i++) {
      const changed = ['p', 'm', 'v'].map((part) => inputs[part + i] as TensorInfo);
      const decay = 1 - learningRate * (weightDecays[i] ?? 0);
      ops.within(() => {
        const gradient = ops.mul(ops.of(inputs[`g${i}`] as TensorInfo), scale);
        const decayed =
          decay === 1 ? undefined : ops.mul(ops.of(changed[0] as TensorInfo), ops.scalar(decay));
        changeTensors(ops, changed, ([p, m, v]) => {
          const resources = [p, m, v] as [Value, Value, Value];
          if (decayed) ops.runMany('AssignVariableOp', [resources[0], decayed], {}, 0);
          if (decayed) ops.free(decayed);
          ops.runMany(
            'ResourceApplyAdam',
            [...resources, none, none, rate, b1, b2, epsilonHat, gradient],
            {},
            0,
          );
        });
        return [];
      });
    }
    return [];
  },
);
