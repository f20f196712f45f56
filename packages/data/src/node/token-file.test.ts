import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { randomWindows } from '../batches';
import { epochs } from '../epochs';
import { testFolder } from '../testing/folder';
import { openPrepared, openTokenFile } from './token-file';

const folder = testFolder();
const ids = Uint16Array.from({ length: 5000 }, (_, i) => (i * 7919) % 50_257);

/** A file of llm.c: its header is 256 int32. */
function llmc(header: readonly number[], ids: Uint16Array | Uint32Array): Uint8Array {
  const bytes = Buffer.alloc(1024);
  for (const [at, value] of header.entries()) bytes.writeInt32LE(value, at * 4);
  return Buffer.concat([bytes, Buffer.from(ids.buffer)]);
}

describe('openTokenFile', () => {
  it("reads parts of nanoGPT's files, without a header", () => {
    const file = openTokenFile(folder.write('train.bin', Buffer.from(ids.buffer)));
    expect([file.length, file.dtype]).toEqual([5000, 'uint16']);
    expect(file.slice(0, 3)).toEqual(ids.slice(0, 3));
    expect(file.slice(1001, 4003)).toEqual(ids.slice(1001, 4003));
    expect(file.slice(4999, 5000)).toEqual(ids.slice(4999));
    expect(file.slice(7, 7)).toHaveLength(0);
    file.close();
  });

  it('reads ids of four bytes', () => {
    const wide = Uint32Array.from(ids, (id) => id + 100_000);
    const file = openTokenFile(folder.write('wide.bin', Buffer.from(wide.buffer)), { dtype: 'uint32' });
    expect(file.slice(17, 20)).toEqual(wide.slice(17, 20));
    file.close();
  });

  it.each([
    ['GPT-2', [20240520, 1, 5000], ids],
    ['Llama 3', [20240801, 7, 5000], Uint32Array.from(ids)],
  ] as const)("reads llm.c's files for %s", (_, header, content) => {
    const file = openTokenFile(folder.write('llmc.bin', llmc(header, content)));
    expect(file.length).toBe(5000);
    expect(file.slice(10, 20)).toEqual(content.slice(10, 20));
    file.close();
  });

  it('gives batches the ids of an array, without loading them', () => {
    const file = openTokenFile(folder.write('train.bin', Buffer.from(ids.buffer)));
    const options = { batchSize: 4, blockSize: 16, seed: 1 };
    expect(randomWindows(file, options).batch(3)).toEqual(randomWindows(ids, options).batch(3));
    expect(epochs(file, options).batch(3)).toEqual(epochs(ids, options).batch(3));
    const within = { ...options, separator: 7919 };
    expect(epochs(file, within).batch(3)).toEqual(epochs(ids, within).batch(3));
    file.close();
  });

  it('refuses files that are cut, folders, and paths to nothing', async () => {
    const cut = llmc([20240520, 1, 5001], ids);
    expect(() => openTokenFile(folder.write('cut.bin', cut))).toThrow(
      expect.objectContaining({ code: 'data/bad-token-file', message: expect.stringContaining('5001') }),
    );
    expect(() => openTokenFile(folder.write('odd.bin', 'abc'))).toThrow(
      expect.objectContaining({ code: 'data/bad-token-file' }),
    );
    expect(() => openTokenFile(folder.path)).toThrow(expect.objectContaining({ code: 'data/not-a-file' }));
    expect(() => openTokenFile(join(folder.path, 'no.bin'))).toThrow(
      expect.objectContaining({ code: 'data/file-not-found' }),
    );
  });
});

describe('openPrepared', () => {
  it('refuses a folder that prepare did not make', async () => {
    await expect(openPrepared(folder.path)).rejects.toMatchObject({ code: 'data/not-prepared' });
    folder.write('other/meta.json', '{"vocab_size":65}');
    await expect(openPrepared(join(folder.path, 'other'))).rejects.toMatchObject({ code: 'data/bad-meta' });
  });
});
