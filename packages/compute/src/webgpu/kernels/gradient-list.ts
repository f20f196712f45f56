import type { TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../ops/shapes';
import type { TinyWebGPUBackend } from '../backend';
import { parts } from './kernel';

/** Numbers of a tensor that a workgroup takes, and its threads. */
export const SHARE = 4096;
export const THREADS = 256;

/** Most tensors of one dispatch. */
export const MOST_TENSORS = 64;

/** One tensor of a list: `index` in it, the binding that holds its values, and where in that, in numbers. */
export interface ListedTensor {
  readonly index: number;
  readonly binding: number;
  readonly offset: number;
  readonly size: number;
  /** The first workgroup of its dispatch that takes a share of it. */
  readonly firstGroup: number;
}

/** Tensors for one dispatch, and the buffers that they lie in. */
export interface TensorGroup {
  readonly buffers: readonly GPUBufferBinding[];
  readonly tensors: readonly ListedTensor[];
  readonly workgroups: number;
}

/** Cuts a list of tensors into as few dispatches as there can be with `bindings` buffers to each. */
export function groupByBuffers(
  backend: TinyWebGPUBackend,
  list: readonly TensorInfo[],
  bindings: number,
): TensorGroup[] {
  const groups: { buffers: GPUBuffer[]; tensors: ListedTensor[]; workgroups: number }[] = [];
  for (const [index, tensor] of list.entries()) {
    const { buffer, offset = 0 } = backend.bindingOf(tensor);
    backend.hold(tensor);
    let group = groups.at(-1);
    const known = group?.buffers.includes(buffer);
    const full =
      group && (group.tensors.length === MOST_TENSORS || (!known && group.buffers.length === bindings));
    if (!group || full) {
      group = { buffers: [], tensors: [], workgroups: 0 };
      groups.push(group);
    }
    if (!group.buffers.includes(buffer)) group.buffers.push(buffer);
    const binding = group.buffers.indexOf(buffer);
    const size = sizeOf(tensor);
    group.tensors.push({ index, binding, offset: offset / 4, size, firstGroup: group.workgroups });
    group.workgroups += parts(size, SHARE);
  }
  return groups.map(({ buffers, ...rest }) => {
    const used = buffers.map((buffer) => ({ buffer }));
    // the program declares all bindings: those left over hold what the first does
    const filled = [...used, ...new Array(bindings - used.length).fill(used[0])];
    return { ...rest, buffers: filled };
  });
}

/** Names of the bindings of a group's buffers. */
export function listBindings(bindings: number): Record<string, 'f32'> {
  return Object.fromEntries(Array.from({ length: bindings }, (_, i) => [`g${i}`, 'f32' as const]));
}

/** `listed(binding, i)`: number i of a binding of a group. */
export function listedNumber(bindings: number): string {
  const cases = Array.from({ length: bindings }, (_, i) => `case ${i}u: { return g${i}[i]; }`);
  return `
fn listed(binding: u32, i: u32) -> f32 {
  switch (binding) {
    ${cases.join('\n    ')}
    default: { return 0.0; }
  }
}`;
}

/** Finds the row of a table, `rowWords` u32×4 each, of the tensor that a workgroup has a share of: `row`, `at`, `end`. */
export function findShare(rowWords: number): string {
  return `
  var row = 0u;
  while (row + 1u < p.count && group >= p.table[(row + 1u) * ${rowWords}u].w) { row++; }
  let tensor = p.table[row * ${rowWords}u];
  let at = (group - tensor.w) * ${SHARE}u + tid;
  let end = min(tensor.z, (group - tensor.w + 1u) * ${SHARE}u);`;
}
