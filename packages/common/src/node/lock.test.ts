import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { lock } from './lock';

const folder = mkdtempSync(join(tmpdir(), 'tinyllm-lock-'));
const platform = process.platform;
beforeAll(() => vi.stubEnv('TMPDIR', folder));
afterEach(() => Object.defineProperty(process, 'platform', { value: platform }));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

// Linux can do as macOS does
describe.each(platform === 'linux' ? ['linux', 'darwin'] : [platform])('on %s', (system) => {
  it('one caller has a path until it lets it go, whatever the path is called', async () => {
    Object.defineProperty(process, 'platform', { value: system });
    const path = join(folder, system);
    mkdirSync(path);
    symlinkSync(path, `${path}-link`, 'junction');
    const first = await lock(path);
    expect(first).toBeDefined();
    expect(await lock(path)).toBeUndefined();
    expect(await lock(`${path}-link`)).toBeUndefined();
    const other = await lock(`${path}-of-no-file-yet`);
    expect(other).toBeDefined();
    first?.release();
    other?.release();
    const second = await lock(path);
    expect(second).toBeDefined();
    second?.release();
  });
});

it.skipIf(platform === 'win32')('on macOS what a killed process left is taken', async () => {
  Object.defineProperty(process, 'platform', { value: 'darwin' });
  const path = join(folder, 'killed');
  mkdirSync(path);
  const first = await lock(path);
  const socket = join(folder, readdirSync(folder).find((name) => name.endsWith('.sock')) as string);
  first?.release();
  const dies = `require('net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 'SIGKILL'))`;
  expect(spawnSync(process.execPath, ['-e', dies]).signal).toBe('SIGKILL');
  expect(existsSync(socket)).toBe(true);
  const second = await lock(path);
  expect(second).toBeDefined();
  expect(await lock(path)).toBeUndefined();
  second?.release();
});
