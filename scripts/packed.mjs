/** The published packages as npm would publish them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pnpm } from './setup.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Packs every published package into `folder`; gives `file:` dependencies by name. */
export function packAll(folder) {
  mkdirSync(folder, { recursive: true });
  const published = ['--filter', '!docs', '--filter', '!@tinyllm/common'];
  pnpm(['--recursive', ...published, 'pack', '--pack-destination', folder], 'ignore');
  return Object.fromEntries(
    readdirSync(folder).map((file) => [
      file.replace(/^tinyllm-(.*?)-\d.*$/, '@tinyllm/$1'),
      `file:${join(folder, file)}`,
    ]),
  );
}

/** Paths of the files in a tarball that `packAll` gave. */
export function filesIn(tarball) {
  const { stdout } = spawnSync('tar', ['-tf', tarball.replace('file:', '')], { encoding: 'utf8' });
  return stdout
    .trim()
    .split('\n')
    .map((path) => path.replace('package/', ''));
}
