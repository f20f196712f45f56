import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readText } from './read-text';

describe('readText', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tinyllm-data-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function file(bytes: Uint8Array | string): Promise<string> {
    const path = join(folder, 'text.txt');
    await writeFile(path, bytes);
    return path;
  }

  it('reads UTF-8', async () => {
    expect(await readText(await file('Zoë saw a 🦊.\n'))).toBe('Zoë saw a 🦊.\n');
  });

  it('drops a byte order mark', async () => {
    expect(await readText(await file('\ufeffOnce'))).toBe('Once');
  });

  it.each([
    ['a Latin-1 letter in the middle', [0x5a, 0x6f, 0xeb, 0x20, 0x61], 3],
    ['a byte that starts nothing', [0x61, 0x62, 0xff, 0x62], 2],
    ['a character that is cut off', [0x61, 0xf0, 0x9f, 0xa6], 4],
  ])('refuses %s and says where', async (_, bytes, at) => {
    await expect(readText(await file(Uint8Array.from(bytes)))).rejects.toMatchObject({
      code: 'data/not-utf8',
      message: expect.stringContaining(`byte ${at}.`),
      cause: expect.any(TypeError),
    });
  });

  it.each(['', '\ufeff'])('refuses a file with nothing but %j', async (text) => {
    await expect(readText(await file(text))).rejects.toMatchObject({ code: 'data/file-empty' });
  });

  it('says when there is no file, or a folder', async () => {
    await expect(readText(join(folder, 'no.txt'))).rejects.toMatchObject({
      code: 'data/file-not-found',
      message: expect.stringContaining('no.txt'),
      cause: expect.objectContaining({ code: 'ENOENT' }),
    });
    await expect(readText(folder)).rejects.toMatchObject({ code: 'data/not-a-file' });
  });
});
