import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { PIECE } from './disk';
import { manifestOf, readVerified, verify } from './manifest';

const folder = mkdtempSync(join(tmpdir(), 'tinyllm-manifest-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each([0, 5, PIECE, PIECE + 5])(
  'a file of %i bytes is read as it was written, or not at all',
  async (size) => {
    const data = Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 255);
    writeFileSync(join(folder, 'a'), data);
    const manifest = await manifestOf(new Map([['a', data]]));
    expect(manifest.a).toEqual({ size, sha256: createHash('sha256').update(data).digest('hex') });
    await verify(folder, manifest, 'a');
    expect(Buffer.compare(await readVerified(folder, manifest, 'a'), data)).toBe(0);

    data[size - 1] = (data[size - 1] ?? 0) ^ 1;
    const damages =
      size === 0
        ? []
        : [() => writeFileSync(join(folder, 'a'), data), () => truncateSync(join(folder, 'a'), size - 1)];
    for (const damage of [...damages, () => rmSync(join(folder, 'a'))]) {
      damage();
      await expect(readVerified(folder, manifest, 'a')).rejects.toMatchObject({ code: 'checkpoint/damaged' });
    }
  },
);
