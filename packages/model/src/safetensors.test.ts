import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openSafetensors, readSafetensors, type StoredTensor, writeSafetensors } from './safetensors';

const fixture = new URL('../../../../shared/fixtures/nanogpt-trace/init.safetensors', import.meta.url);

function fileOf(header: unknown, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

describe.skipIf(!existsSync(fixture))('a file that PyTorch saved (skipped without ../shared)', () => {
  it('is read, and written again with the same tensors', () => {
    const { tensors, metadata } = readSafetensors(readFileSync(fixture));
    expect(metadata).toEqual({ format: 'pt' });
    expect(tensors.get('h.1.mlp.c_proj.weight')?.shape).toEqual([192, 48]);
    expect([...tensors.values()].reduce((sum, { data }) => sum + data.length, 0)).toBe(61_296);
    expect(readSafetensors(writeSafetensors(tensors)).tensors).toEqual(tensors);
  });
});

describe('writeSafetensors and readSafetensors', () => {
  it('keep floats, integers, scalars, empty tensors and any name', () => {
    const tensors = new Map<string, StoredTensor>([
      ['a', { shape: [2, 1], data: Float32Array.of(1.5, -0) }],
      ['ids', { shape: [], data: Int32Array.of(-7) }],
      ['none', { shape: [0, 3], data: new Float32Array() }],
      ['toString', { shape: [1], data: Float32Array.of(2) }],
    ]);
    expect(readSafetensors(writeSafetensors(tensors, { made: 'here' }))).toEqual({
      tensors,
      metadata: { made: 'here' },
    });
  });

  it('keep what lies at any byte of a Buffer', () => {
    const tensors = new Map<string, StoredTensor>([['a', { shape: [2], data: Float32Array.of(1.5, -2) }]]);
    const file = writeSafetensors(tensors);
    for (const at of [1, 2, 3]) {
      const bytes = Buffer.concat([new Uint8Array(at), file]).subarray(at);
      const source = { size: bytes.length, read: (start: number, end: number) => bytes.subarray(start, end) };
      expect(openSafetensors(source).read('a')).toEqual(tensors.get('a'));
    }
  });

  const one = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  it.each<[string, Uint8Array, RegExp]>([
    ['too short for a header', new Uint8Array(5), /has 5 bytes/],
    ['a header longer than the file', fileOf('{}', 0).fill(255, 0, 8), /claims/],
    ['a header that is not JSON', fileOf('{"a":', 0), /not JSON/],
    ['a header that is a list', fileOf([], 0), /not an object/],
    ['a tensor without offsets', fileOf({ a: { dtype: 'F32', shape: [2] } }, 8), /a needs a dtype/],
    ['a negative size', fileOf({ a: { ...one, shape: [-2] } }, 8), /a needs a dtype/],
    [
      'a size that does not fit its bytes',
      fileOf({ a: { ...one, shape: [3] } }, 8),
      /needs 12 bytes and has 8/,
    ],
    ['a gap', fileOf({ a: { ...one, data_offsets: [4, 12] } }, 12), /starts at 4/],
    ['an overlap', fileOf({ a: one, b: { ...one, data_offsets: [4, 12] } }, 12), /starts at 4/],
    ['a file cut short', fileOf({ a: one }, 4), /cut short/],
    ['a name that is not only a name', fileOf('{"__proto__":{}}', 0), /a tensor is called __proto__/],
    ['metadata that is not text', fileOf({ __metadata__: { step: 1 } }, 0), /__metadata__ is not/],
    ['a dtype that no one knows', fileOf({ a: { ...one, dtype: 'toString' } }, 8), /unknown dtype toString/],
    ['bytes after the last tensor', fileOf({ a: one }, 9), /1 bytes follow/],
  ])('refuse %s', (_name, file, message) => {
    expect(() => readSafetensors(file)).toThrowError(
      expect.objectContaining({ code: 'safetensors/invalid', message: expect.stringMatching(message) }),
    );
  });

  it('name a dtype that is not read', () => {
    expect(() => readSafetensors(fileOf({ a: { ...one, shape: [8], dtype: 'F8_E4M3' } }, 8))).toThrowError(
      expect.objectContaining({
        code: 'safetensors/unsupported-dtype',
        message: expect.stringContaining('a has dtype F8_E4M3'),
      }),
    );
  });
});
