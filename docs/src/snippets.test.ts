/** Every example in READMEs and pages has the types that the packages want, and prints what the page says it does. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { asJavaScript, type Snippet, snippetsOf, typeErrors } from './snippets';

const root = fileURLToPath(new URL('../..', import.meta.url));
const docs = join(root, 'docs'); // where every package can be imported

const folders = [
  '.',
  ...['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => `${parent}/${name}`),
  ),
  ...['docs', 'docs/course', 'docs/guide', 'docs/demos'],
];
const pages = folders
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
  .filter((page) => page.endsWith('.md'))
  .map((page) => ({ page, snippets: snippetsOf(page, readFileSync(join(root, page), 'utf8')) }));

const all = pages.flatMap(({ snippets }) => snippets);
const typed = all.filter(({ language }) => language === 'ts');
const isRun = ({ language, prints }: Snippet): boolean => language === 'js' || prints.length > 0;

describe('the README of a package', () => {
  const readmes = pages.filter(({ page }) => /^(packages\/.*\/)?README\.md$/.test(page));
  it.each(readmes)('$page begins with an example that is run', ({ snippets: [first] }) => {
    expect(first && isRun(first)).toBe(true);
  });
});

describe('examples', () => {
  let errors: Map<string, string[]>;
  beforeAll(() => {
    errors = typeErrors(typed, docs);
  });

  it.each(typed)('$name has the types that the packages want', ({ name }) => {
    expect(errors.get(name)).toEqual([]);
  });

  it.each(all.filter(isRun))('$name prints what it says', (snippet) => {
    const folder = mkdtempSync(join(docs, '.readme-'));
    try {
      const file = join(folder, 'example.mjs');
      writeFileSync(file, asJavaScript(snippet));
      const { stdout, stderr, status } = spawnSync(process.execPath, [file], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      expect(status).toBe(0);
      expect(snippet.prints).not.toEqual([]);
      expect(stdout.trimEnd().split('\n')).toEqual(snippet.prints);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
