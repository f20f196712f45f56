import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { renameOver } from './disk';

vi.mock('node:fs/promises', { spy: true });
const folder = mkdtempSync(join(tmpdir(), 'tinyllm-common-'));
const platform = process.platform;
afterEach(() => {
  Object.defineProperty(process, 'platform', { value: platform });
  vi.mocked(fs.rename).mockClear();
});
afterAll(() => rmSync(folder, { recursive: true }));

function held(code: string, times: number): { from: string; to: string } {
  for (let i = 0; i < times; i++)
    vi.mocked(fs.rename).mockRejectedValueOnce(Object.assign(new Error(), { code }));
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  writeFileSync(from, 'new');
  writeFileSync(to, 'old');
  return { from, to };
}

it.each(['EPERM', 'EACCES', 'EBUSY'])(
  'on Windows a file that is held (%s) is renamed when it is let go',
  async (code) => {
    Object.defineProperty(process, 'platform', { value: 'win32' });
    const { from, to } = held(code, 2);
    await renameOver(from, to);
    expect(readFileSync(to, 'utf8')).toBe('new');
    expect(fs.rename).toHaveBeenCalledTimes(3);
  },
);

it.each([
  ['linux', 'EPERM'],
  ['darwin', 'EACCES'],
  ['win32', 'ENOENT'],
])('on %s %s is told at once', async (system, code) => {
  Object.defineProperty(process, 'platform', { value: system });
  const { from, to } = held(code, 1);
  await expect(renameOver(from, to)).rejects.toMatchObject({ code });
  expect(readFileSync(to, 'utf8')).toBe('old');
});
