import { describe, expect, it } from 'vitest';
import { openShards, readSafetensors, writeSafetensors } from './index';
import { bytesSource, openSafetensors } from './safetensors';

/** Through a file of `dtype` and back. */
function through(dtype: 'F16' | 'BF16', values: number[]): number[] {
  const data = Float32Array.from(values);
  const { tensors } = readSafetensors(
    writeSafetensors(new Map([['x', { shape: [data.length], data }]]), {}, dtype),
  );
  return [...(tensors.get('x')?.data ?? [])];
}

describe('F16', () => {
  it('keeps every one of its numbers: all 63,488 that are finite', () => {
    const bits = Uint16Array.from({ length: 65_536 }, (_, i) => i).filter(
      (half) => (half & 0x7c00) !== 0x7c00,
    );
    const header = JSON.stringify({
      x: { dtype: 'F16', shape: [bits.length], data_offsets: [0, 2 * bits.length] },
    });
    const file = new Uint8Array(8 + header.length + bits.byteLength);
    new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
    file.set(new TextEncoder().encode(header), 8);
    file.set(new Uint8Array(bits.buffer), 8 + header.length);
    const values = readSafetensors(file).tensors.get('x')?.data as Float32Array;
    const again = writeSafetensors(new Map([['x', { shape: [values.length], data: values }]]), {}, 'F16');
    expect(Buffer.compare(again.slice(-bits.byteLength), new Uint8Array(bits.buffer))).toBe(0);
  });

  it('rounds to the nearest and to even, over to infinity and under to zero, as IEEE 754 says', () => {
    expect(through('F16', [1 + 2 ** -11, 1 + 3 * 2 ** -11, 65_504, 65_519.9, 65_520, -1e9])).toEqual([
      1,
      1 + 2 ** -9,
      65_504,
      65_504,
      Infinity,
      -Infinity,
    ]);
    expect(through('F16', [2 ** -24, 2 ** -25, 1.5 * 2 ** -25, 3 * 2 ** -25, 2 ** -14 - 2 ** -25])).toEqual([
      2 ** -24,
      0,
      2 ** -24,
      2 ** -23,
      2 ** -14,
    ]);
    expect(through('F16', [Number.NaN, Infinity])).toEqual([Number.NaN, Infinity]);
  });
});

it('BF16 keeps the upper half of a float32, rounded to the nearest and to even', () => {
  expect(through('BF16', [1, -3.5, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20, 3.4e38])).toEqual([
    1,
    -3.5,
    1,
    1 + 2 ** -6,
    1 + 2 ** -7,
    Infinity,
  ]);
  expect(through('BF16', [Number.NaN, -Infinity])).toEqual([Number.NaN, -Infinity]);
});

describe('shards', () => {
  const one = (name: string, value: number) =>
    openSafetensors(
      bytesSource(writeSafetensors(new Map([[name, { shape: [1], data: Float32Array.of(value) }]]))),
    );
  const files: Record<string, ReturnType<typeof one>> = {
    'a.safetensors': one('x', 1),
    'b.safetensors': one('y', 2),
  };
  const open = (file: string) => files[file] as ReturnType<typeof one>;

  it('are one checkpoint', () => {
    const source = openShards({ weight_map: { x: 'a.safetensors', y: 'b.safetensors' } }, open);
    expect([...source.shapes.keys()]).toEqual(['x', 'y']);
    expect(source.read('y').data).toEqual(Float32Array.of(2));
  });

  it.each<[unknown, RegExp]>([
    [{}, /no weight_map/],
    [{ weight_map: { x: '../a.safetensors' } }, /not the name/],
    [{ weight_map: { x: 1 } }, /not the name/],
    [{ weight_map: { z: 'a.safetensors' } }, /a.safetensors has no z/],
  ])('refuse the index %j', (index, message) => {
    expect(() => openShards(index, open)).toThrowError(
      expect.objectContaining({ code: 'safetensors/invalid-index', message: expect.stringMatching(message) }),
    );
  });
});
