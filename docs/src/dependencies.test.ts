/** The page on dependencies names what the published packages have, in the versions that are installed. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const json = (path: string) => JSON.parse(readFileSync(new URL(path, root), 'utf8'));
const page = readFileSync(new URL('docs/dependencies.md', root), 'utf8');

const workspaces = [...readdirSync(new URL('packages', root)).map((name) => `packages/${name}`), 'apps/cli'];
const published = workspaces
  .map((path) => ({ path, ...json(`${path}/package.json`) }))
  .filter((manifest) => !manifest.private);

it('names every dependency and its version', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` +\| `([^`]+)` +\| (\d\S*) +\|/gm)].map((row) => row.slice(1));
  const installed = published.flatMap(({ path, name, dependencies = {}, optionalDependencies = {} }) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((dependency) => !dependency.startsWith('@tinyllm/'))
      .map((dependency) => [
        name.slice('@tinyllm/'.length),
        dependency,
        json(`${path}/node_modules/${dependency}/package.json`).version,
      ]),
  );
  expect(rows.map(String).sort()).toEqual(installed.map(String).sort());
});

it('names every optional peer and its range', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` +\| (`.*?`) +\| `(\^[\d.]+)` +\|/gm)].flatMap(
    ([, name, peers = '', range]) => [...peers.matchAll(/`([^`]+)`/g)].map(([, peer]) => [name, peer, range]),
  );
  const declared = published.flatMap(({ name, peerDependencies = {} }) =>
    Object.entries(peerDependencies).map(([peer, range]) => [name.slice('@tinyllm/'.length), peer, range]),
  );
  expect(rows.map(String).sort()).toEqual(declared.map(String).sort());
});
