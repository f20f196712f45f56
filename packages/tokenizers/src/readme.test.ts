import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as gpt2 from './gpt2';
import * as index from './index';

const modules: Readonly<Record<string, object>> = {
  '@tinyllm/tokenizers': index,
  '@tinyllm/tokenizers/gpt2': gpt2,
};

it('the README’s example prints what it says', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const code = readme.match(/```ts\n(.*?)```/s)?.[1] ?? '';
  const expected = [...code.matchAll(/console\.log.* \/\/ (.*)/g)].map(([, comment]) => comment);
  const printed: string[] = [];
  const AsyncFunction = (async () => {}).constructor as new (
    ...source: string[]
  ) => (load: object, log: object) => Promise<void>;
  const runnable = code.replace(/^import (\{.*\}) from ('.*');$/gm, 'const $1 = modules[$2];');
  await new AsyncFunction('modules', 'console', runnable)(modules, {
    log: (...values: unknown[]) => printed.push(values.join(' ')),
  });
  expect(printed.join(' ')).toBe(expected.join(' '));
  expect(expected).toHaveLength(4);
});
