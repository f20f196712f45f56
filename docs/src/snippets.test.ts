/** Every js example in the pages is run as it stands, and prints what the comments behind its console.log say. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const docs = fileURLToPath(new URL('..', import.meta.url));

const examples = ['course', 'guide', 'demos'].flatMap((part) =>
  readdirSync(join(docs, part)).flatMap((page) => {
    const text = readFileSync(join(docs, part, page), 'utf8');
    return [...text.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code = ''], i) => ({
      name: `${part}/${page}, example ${i + 1}`,
      code,
    }));
  }),
);

it.each(examples)('$name does what it says', ({ code }) => {
  const folder = mkdtempSync(join(docs, '.readme-')); // where every package can be imported
  try {
    writeFileSync(join(folder, 'example.mjs'), code);
    const { stdout, stderr, status } = spawnSync(process.execPath, ['example.mjs'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const said = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, comment]) => comment);
    expect(said).not.toEqual([]);
    expect(stdout.trimEnd().split('\n')).toEqual(said);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
