/** What SECURITY.md says of the whole repository. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

it('names files that are there', () => {
  const paths = read('SECURITY.md').match(/(?<=`)[\w./-]+\/[\w./-]+\.ts(?=`)/g) ?? [];
  expect(paths.length).toBeGreaterThan(30);
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

it('ships nothing that makes code of text', () => {
  const folders = ['packages', 'apps', 'docs']
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name, 'src')))
    .concat(join('docs', 'src'))
    .filter((folder) => existsSync(join(root, folder)));
  const sources = folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(folder, name),
      ),
    )
    .filter((path) => /\.(ts|vue)$/.test(path) && !path.includes('.test.'));
  expect(sources.length).toBeGreaterThan(200);
  const makers =
    /\beval\s*\(|\bFunction\s*\(|['"](?:node:)?vm['"]|\b(?:innerHTML|outerHTML|v-html|insertAdjacentHTML)\b/;
  expect(sources.filter((path) => makers.test(read(path)))).toEqual([]);
});
