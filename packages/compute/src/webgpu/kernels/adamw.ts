import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { AdamWAttributes } from '../../ops/adamw';
import { family, type Program } from '../program';
import {
  findShare,
  groupByBuffers,
  listBindings,
  listedNumber,
  MOST_TENSORS,
  THREADS,
} from './gradient-list';
import { webgpuKernel } from './kernel';
import { placeSideBySide, type Slot } from './optimizer-memory';

/**
 * One AdamW update (Loshchilov and Hutter 2019, arXiv:1711.05101) of each workgroup's share of many parameters, which
 * lie side by side as their moments do: with g the scaled gradient, m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g²,
 * p ← p·decay − stepSize · m / (√v/vCorrection + ε).
 */
function adamwProgram(bindings: number): Program {
  return {
    name: 'AdamW',
    reads: { ...listBindings(bindings), scale: 'f32' },
    writes: { parameters: 'f32', m: 'f32', v: 'f32' },
    params: {
      count: 'u32',
      beta1: 'f32',
      beta2: 'f32',
      rest1: 'f32',
      rest2: 'f32',
      stepSize: 'f32',
      vCorrection: 'f32',
      epsilon: 'f32',
    },
    tableRows: 2 * MOST_TENSORS,
    threads: THREADS,
    declarations: listedNumber(bindings),
    body: `
  if (scale[0] < 0.0) { return; }
  ${findShare(2)}
  let slot = p.table[row * 2u + 1u];
  let decay = bitcast<f32>(slot.y);
  for (var i = at; i < end; i += ${THREADS}u) {
    let g = listed(tensor.x, tensor.y + i) * scale[0];
    let place = slot.x + i;
    let mean = m[place] * p.beta1 + g * p.rest1;
    let square = v[place] * p.beta2 + g * g * p.rest2;
    m[place] = mean;
    v[place] = square;
    let direction = mean / (sqrt(square) / p.vCorrection + p.epsilon);
    parameters[place] = parameters[place] * decay - direction * p.stepSize;
  }`,
  };
}

const update = family(adamwProgram);

/** Inputs are gradientScale and, for each slot i, `p${i}`, `g${i}`, `m${i}`, `v${i}`; p, m and v change in place. */
export const adamw: KernelConfig = webgpuKernel<Record<string, TensorInfo>, AdamWAttributes>(
  'AdamW',
  (backend, inputs, { count, learningRate, weightDecays, beta1, beta2, epsilon, step }) => {
    const bindings = backend.device.limits.maxStorageBuffersPerShaderStage - 4; // scale, parameters, m and v
    const slots = Array.from({ length: count }, (_, i): Slot => {
      const [parameter, m, v] = ['p', 'm', 'v'].map((part) => inputs[part + i]) as [
        TensorInfo,
        TensorInfo,
        TensorInfo,
      ];
      return { parameter, m, v, index: i };
    });
    const rates = {
      beta1,
      beta2,
      rest1: 1 - beta1,
      rest2: 1 - beta2,
      stepSize: learningRate / (1 - beta1 ** step),
      vCorrection: Math.sqrt(1 - beta2 ** step),
      epsilon,
    };
    for (const { parameters, m, v, slots: together } of placeSideBySide(backend, slots)) {
      for (const slot of together) for (const each of [slot.parameter, slot.m, slot.v]) backend.changed(each);
      const gradients = together.map(({ index }) => inputs[`g${index}`] as TensorInfo);
      for (const { buffers, tensors, workgroups } of groupByBuffers(backend, gradients, bindings)) {
        const table = new Uint32Array(8 * tensors.length);
        const decays = new Float32Array(table.buffer);
        for (const [row, { index, binding, offset, size, firstGroup }] of tensors.entries()) {
          const { parameter, index: slot } = together[index] as Slot;
          const place = (backend.bindingOf(parameter).offset ?? 0) / 4;
          table.set([binding, offset, size, firstGroup, place], 8 * row);
          decays[8 * row + 5] = 1 - learningRate * (weightDecays[slot] ?? 0);
        }
        const bound = [...buffers, inputs.gradientScale as TensorInfo, parameters, m, v];
        backend.dispatch(update(bindings), workgroups, bound, { count: tensors.length, ...rates, table });
      }
    }
    return [];
  },
);
