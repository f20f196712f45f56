/** Every README's first example is run as it stands, and prints what the comments behind its console.log say. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const readmes = [
  'README.md',
  ...readdirSync(join(root, 'packages')).map((name) => join('packages', name, 'README.md')),
];

/** The example of a README, or none. */
function exampleOf(readme: string): string | undefined {
  return /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, readme), 'utf8'))?.[1];
}

describe.each(readmes.filter((readme) => existsSync(join(root, readme))))('%s', (readme) => {
  it('has an example that does what it says', () => {
    const example = exampleOf(readme);
    if (example === undefined) throw new Error('There is no ```ts block.');
    const folder = mkdtempSync(join(root, 'apps/cli/.readme-')); // where every package can be imported
    try {
      writeFileSync(join(folder, 'example.mjs'), example);
      const { stdout, stderr, status } = spawnSync(process.execPath, ['example.mjs'], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      expect(status).toBe(0);
      const shown = [...example.matchAll(/^ *(?:.*\) )?console\.log\(.*\); \/\/ (.*)$/gm)].map(
        ([, comment]) => comment,
      );
      expect(shown).not.toEqual([]);
      expect(stdout.trim().split('\n')).toEqual(shown);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
