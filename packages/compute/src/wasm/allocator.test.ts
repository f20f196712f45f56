import { createRandom } from '@tinyllm/common';
import { describe, expect, it } from 'vitest';
import { createAllocator } from './allocator';

const PAGE = 65_536;
const MIB = 2 ** 20;

function allocatorOf(limit: number) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: limit / PAGE, shared: true });
  return createAllocator(memory, 4096, limit);
}

describe('the allocator', () => {
  it('gives blocks that begin at multiples of 64 and do not overlap, in any order of taking back', () => {
    const allocator = allocatorOf(64 * MIB);
    const random = createRandom(1);
    const live = new Map<number, number>();
    for (let i = 0; i < 5000; i++) {
      if (random.uniform() < 0.5 || live.size === 0) {
        const bytes = 1 + random.integer(random.uniform() < 0.1 ? 300_000 : 2000);
        live.set(allocator.allocate(bytes, 'a test'), bytes);
      } else {
        const [address] = [...live.keys()].slice(random.integer(live.size));
        allocator.free(address as number);
        live.delete(address as number);
      }
    }
    const blocks = [...live].sort(([a], [b]) => a - b);
    for (const [i, [address, bytes]] of blocks.entries()) {
      expect(address % 64).toBe(0);
      expect(address).toBeGreaterThanOrEqual(4096);
      expect(address + bytes).toBeLessThanOrEqual(blocks[i + 1]?.[0] ?? allocator.bytesReserved());
    }
  });

  it('makes one block again of all that was taken back', () => {
    const allocator = allocatorOf(16 * MIB);
    const addresses = Array.from({ length: 100 }, (_, i) => allocator.allocate(1000 * (i + 1), 'a test'));
    for (const address of addresses) allocator.free(address);
    expect(allocator.bytesInUse()).toBe(0);
    expect(allocator.allocate(15 * MIB, 'a test')).toBe(4096);
  });

  it('does not grow over a run that repeats its sizes', () => {
    const allocator = allocatorOf(256 * MIB);
    const step = () => {
      const addresses = Array.from({ length: 50 }, (_, i) => allocator.allocate(7919 * (i + 1), 'a test'));
      for (const address of addresses) allocator.free(address);
    };
    step();
    const reserved = allocator.bytesReserved();
    for (let i = 0; i < 200; i++) step();
    expect(allocator.bytesReserved()).toBe(reserved);
  });

  it('says what there was no room for, how much is in use, and what would help', () => {
    const allocator = allocatorOf(8 * MIB);
    allocator.allocate(6 * MIB, 'a test');
    expect(() => allocator.allocate(3 * MIB, 'a tensor [64, 256, 48]')).toThrowError(
      expect.objectContaining({
        code: 'compute/out-of-memory',
        message: expect.stringMatching(/\[64, 256, 48\] \(3 MiB\): 6 MiB of its 8 MiB .* batchSize/),
      }),
    );
    expect(allocator.allocate(1 * MIB, 'a test')).toBeGreaterThan(0);
  });
});
