import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as data from './index';

it('does what the README says: every console.log prints what the comment behind it shows', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const shown = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map(([, comment]) => comment);
  const printed: string[] = [];
  const body = code.replace(/import (\{.*\}) from '@tinyllm\/data';/, 'const $1 = data;');
  new Function('data', 'console', body)(data, { log: (value: unknown) => printed.push(String(value)) });
  expect(printed).toEqual(shown);
  expect(printed).not.toEqual([]);
});
