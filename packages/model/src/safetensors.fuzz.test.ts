import { damaged, readOrRefuse } from '@tinyllm/common/testing';
import { expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from './safetensors';

const whole = writeSafetensors(
  new Map([
    ['wte.weight', { shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, i) => i) }],
    ['ids', { shape: [2], data: Int32Array.of(1, 2) }],
    ['empty', { shape: [0, 4], data: new Float32Array() }],
    ['h.0.ln_1.weight', { shape: [], data: Float32Array.of(7) }],
  ]),
);
const headerEnd = 8 + Number(new DataView(whole.buffer).getBigUint64(0, true));

it('damaged files are read or refused, and never cost more memory than they have bytes', async () => {
  const { read, refused } = await readOrRefuse(damaged(whole, headerEnd), /^safetensors\//, (file) => {
    let bytes = 0;
    for (const { data } of readSafetensors(file).tensors.values()) bytes += data.byteLength;
    expect(bytes).toBeLessThanOrEqual(2 * file.length); // halves become float32
  });
  expect(read).toBeGreaterThan(refused / 100); // damage to values alone
  expect(refused).toBeGreaterThan(read);
});

it('headers of the right length are read or refused, whatever they say', async () => {
  const header = whole.subarray(8, headerEnd);
  const { read, refused } = await readOrRefuse(damaged(header), /^safetensors\//, (json) => {
    const file = new Uint8Array(8 + json.length + whole.length - headerEnd);
    new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
    file.set(json, 8);
    file.set(whole.subarray(headerEnd), 8 + json.length);
    readSafetensors(file);
  });
  expect(read).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(read);
});
