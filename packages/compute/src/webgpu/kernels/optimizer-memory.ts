import type { TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../ops/shapes';
import type { TinyWebGPUBackend } from '../backend';
import { BufferRange, type SharedBuffer } from '../buffer-range';

/** A parameter with its moments, by its number in the optimizer's list. */
export interface Slot {
  readonly index: number;
  readonly parameter: TensorInfo;
  readonly m: TensorInfo;
  readonly v: TensorInfo;
}

/** Slots whose parameters lie in one buffer, and whose moments lie at the same places of two others. */
export interface SlotsTogether {
  readonly parameters: SharedBuffer;
  readonly m: SharedBuffer;
  readonly v: SharedBuffer;
  readonly slots: readonly Slot[];
}

/** Buffers of moments by the buffer of their parameters. */
const moments = new WeakMap<SharedBuffer, Pick<SlotsTogether, 'm' | 'v'>>();

/**
 * Parameters and moments side by side in as few buffers as a binding can hold, for one kernel to reach them all. They
 * are moved there at the first step, and again when someone gave one of them other values.
 */
export function placeSideBySide(backend: TinyWebGPUBackend, slots: readonly Slot[]): SlotsTogether[] {
  return placed(backend, slots) ?? cut(backend, slots).map((part) => move(backend, part));
}

/** How the slots lie if all are in place, else nothing. */
function placed(backend: TinyWebGPUBackend, slots: readonly Slot[]): SlotsTogether[] | undefined {
  const found = new Map<SharedBuffer, Slot[]>();
  for (const slot of slots) {
    const [parameter, m, v] = [slot.parameter, slot.m, slot.v].map((each) => backend.bindingOf(each));
    if (!(parameter instanceof BufferRange)) return undefined;
    const { shared, offset } = parameter;
    const theirs = moments.get(shared);
    const isAt = (range: unknown, buffer: SharedBuffer): boolean =>
      range instanceof BufferRange && range.shared === buffer && range.offset === offset;
    if (!theirs || !isAt(m, theirs.m) || !isAt(v, theirs.v)) return undefined;
    found.set(shared, [...(found.get(shared) ?? []), slot]);
  }
  return [...found].map(([parameters, together]) => {
    const { m, v } = moments.get(parameters) as Pick<SlotsTogether, 'm' | 'v'>;
    return { parameters, m, v, slots: together };
  });
}

/** Parts that a binding holds each. */
function cut(backend: TinyWebGPUBackend, slots: readonly Slot[]): Slot[][] {
  const { maxStorageBufferBindingSize: most, maxBufferSize } = backend.device.limits;
  const found: Slot[][] = [];
  for (const slot of slots) {
    const together = [...(found.at(-1) ?? []), slot];
    const [, size] = backend.layOut(together.map(({ parameter }) => parameter));
    if (found.length === 0 || size > Math.min(most, maxBufferSize)) found.push([slot]);
    else found[found.length - 1] = together;
  }
  return found;
}

function move(backend: TinyWebGPUBackend, slots: readonly Slot[]): SlotsTogether {
  const [offsets, size] = backend.layOut(slots.map(({ parameter }) => parameter));
  const moved = (part: 'parameter' | 'm' | 'v'): SharedBuffer => {
    const shared = backend.createShared(size);
    for (const [i, slot] of slots.entries()) {
      const to = { buffer: shared.buffer, offset: offsets[i] as number };
      backend.copy(backend.bindingOf(slot[part]), to, 4 * sizeOf(slot[part]));
    }
    backend.submitNow(); // before what they had goes back to the pool
    for (const [i, slot] of slots.entries()) backend.place(slot[part], shared, offsets[i] as number);
    return shared;
  };
  const together = { parameters: moved('parameter'), m: moved('m'), v: moved('v'), slots };
  moments.set(together.parameters, together);
  return together;
}
