import { TinyllmError } from '@tinyllm/common';

const PAGE = 65_536;
/** A cache line; also the smallest block. */
const ALIGNMENT = 64;
/** Memory grows by this at least, so that it does not grow at every tensor. */
const GROWTH = 16 * 2 ** 20;

/** Hands out parts of a WebAssembly memory, growing it up to its limit. */
export interface Allocator {
  /** The address of `bytes` bytes, a multiple of 64. `what` they are for is named in `compute/out-of-memory`. */
  allocate(bytes: number, what: string): number;
  /** Takes back what `allocate` gave, to be given again. */
  free(address: number): void;
  /** Bytes given and not taken back. */
  bytesInUse(): number;
  /** Bytes that the memory has grown to. */
  bytesReserved(): number;
}

/**
 * An allocator from `start` on: free blocks are kept by size in bins a quarter of an octave apart, the smallest
 * that fits is cut, and neighbours that are free become one again. So a step that repeats its sizes takes the same
 * blocks each time.
 */
export function createAllocator(memory: WebAssembly.Memory, start: number, limit: number): Allocator {
  const used = new Map<number, number>(); // address → size
  const freeSizes = new Map<number, number>(); // address → size
  const freeEnds = new Map<number, number>(); // end → address
  const bins: Set<number>[] = Array.from({ length: 128 }, () => new Set());
  let end = start;
  let inUse = 0;
  release(start, memory.buffer.byteLength - start);

  function release(address: number, size: number): void {
    if (size === 0) return;
    end = Math.max(end, address + size);
    freeSizes.set(address, size);
    freeEnds.set(address + size, address);
    bins[binOf(size)]?.add(address);
  }

  function take(address: number): number {
    const size = freeSizes.get(address) ?? 0;
    freeSizes.delete(address);
    freeEnds.delete(address + size);
    bins[binOf(size)]?.delete(address);
    return size;
  }

  function find(size: number): number | undefined {
    const first = binOf(size);
    let fits: number | undefined;
    for (const address of bins[first] ?? []) {
      const free = freeSizes.get(address) ?? 0;
      if (free === size) return address;
      if (free > size) fits ??= address;
    }
    if (fits !== undefined) return fits;
    for (const bin of bins.slice(first + 1)) {
      for (const address of bin) return address;
    }
    return undefined;
  }

  function grow(size: number, what: string): number {
    const last = freeEnds.get(end);
    const missing = size - (last === undefined ? 0 : (freeSizes.get(last) ?? 0));
    const before = end;
    for (const bytes of [Math.max(missing, GROWTH), missing]) {
      const pages = Math.ceil(bytes / PAGE);
      if (before + pages * PAGE > limit || !tryToGrow(memory, pages)) continue;
      const address = last ?? before;
      release(address, (last === undefined ? 0 : take(last)) + pages * PAGE);
      return address;
    }
    throw outOfMemory(size, what, inUse, limit);
  }

  return {
    allocate(bytes, what) {
      const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
      const address = find(size) ?? grow(size, what);
      const found = take(address);
      release(address + size, found - size);
      used.set(address, size);
      inUse += size;
      return address;
    },
    free(address) {
      const size = used.get(address);
      if (size === undefined) return;
      used.delete(address);
      inUse -= size;
      const before = freeEnds.get(address);
      const from = before ?? address;
      const ahead = before === undefined ? 0 : take(before);
      const behind = freeSizes.has(address + size) ? take(address + size) : 0;
      release(from, ahead + size + behind);
    },
    bytesInUse: () => inUse,
    bytesReserved: () => end,
  };
}

/** Four bins an octave; the last takes what is beyond. */
function binOf(size: number): number {
  const units = size / ALIGNMENT;
  const octave = Math.floor(Math.log2(units));
  return Math.min(127, 4 * octave + Math.floor((units / 2 ** octave - 1) * 4));
}

function tryToGrow(memory: WebAssembly.Memory, pages: number): boolean {
  try {
    memory.grow(pages);
    return true;
  } catch {
    return false; // the engine has no more
  }
}

function outOfMemory(size: number, what: string, inUse: number, limit: number): TinyllmError {
  return new TinyllmError(
    'compute/out-of-memory',
    `The wasm backend has no room for ${what} (${megabytes(size)}): ${megabytes(inUse)} of its ` +
      `${megabytes(limit)} are in use. Halve batchSize and double gradientAccumulationSteps, which trains the ` +
      'same with half the activations, or shorten blockSize; and dispose what is no longer needed.',
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 2 : 0)} MiB`;
}
