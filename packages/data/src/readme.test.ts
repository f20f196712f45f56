/** The README names all that users meet: exports and error codes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import * as everywhere from './index';
import * as inNode from './node';

const src = fileURLToPath(new URL('.', import.meta.url));
const readme = readFileSync(join(src, '..', 'README.md'), 'utf8');
const missing = (names: readonly string[]): string[] => names.filter((name) => !readme.includes(`\`${name}`));

it('has every export', () => {
  expect(missing(Object.keys({ ...everywhere, ...inNode }))).toEqual([]);
});

it('has every error code', () => {
  const sources = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /(?<!\.test)\.ts$/.test(path),
  );
  const codes = sources.flatMap(
    (path) => readFileSync(join(src, path), 'utf8').match(/(?<=')data\/[\w-]+(?=')/g) ?? [],
  );
  expect(codes.length).toBeGreaterThan(30);
  expect(missing(codes)).toEqual([]);
});
