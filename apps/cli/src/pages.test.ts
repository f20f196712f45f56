/** Commands in READMEs, the course and the guides: those of the pages are run in order by a shell, with few steps each. */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram, watch } from './testing/program';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const program = createProgram();
const env = { ...program.env, PATH: `${join(program.folder, 'bin')}:${process.env.PATH}` };

const pagesIn = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));
const read = (page: string): string => readFileSync(join(root, page), 'utf8');

/** Not run here: what sets the repository up, or wants a network, a card, PyTorch or a file that a reader brings. */
const ELSEWHERE =
  /^(npm|npx pnpm)|--recipe (?:bigram|shakespeare)(?!.*--data)| hf:|some-folder|stories-page|stories260K|models\/gpt2|--backend (?:webgpu|tensorflow)|tfjs-node|torchrun|import stories$/;

const pages = ['docs/course', 'docs/demos', 'docs/guide'].flatMap(pagesIn).map((page) => {
  const blocks = [...read(page).matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  const lines = blocks.flatMap((block) => block.trimEnd().split('\n'));
  return { page, lines: lines.filter((line) => !ELSEWHERE.test(line)) };
});

/** A command with a few steps in place of many. */
function brief(line: string): string {
  return line.replace(/--max-iters \d+/, '--max-iters 6').replace(/--eval-interval \d+/, '--eval-interval 3');
}

beforeAll(async () => {
  const file = (name: string, text: string): void => writeFileSync(join(program.folder, name), text);
  for (const folder of ['bin', 'my-corpus']) mkdirSync(join(program.folder, folder));
  symlinkSync(join(root, 'apps/cli/bin/tinyllm.js'), join(program.folder, 'bin/tinyllm'));
  writeFileSync(join(program.folder, 'bin/npx'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
  file('my-text.txt', 'To be, or not to be, that is the question.\n'.repeat(100));
  file('my-corpus/one.txt', 'Once upon a time there was a fox who liked to read.\n'.repeat(100));
  file('my-corpus/two.txt', 'A fox who liked to read lived in a wood.\n'.repeat(100));
  const training = {
    data: 'my-text.txt',
    maxIters: 4,
    blockSize: 32,
    batchSize: 2,
    evalIters: 1,
    evalInterval: 2,
  };
  file('tinyllm.config.json', JSON.stringify({ train: training, sample: { maxNewTokens: 20 } }));
  const begun = program.run('train'); // what npm start has done for a reader
  expect(begun.stderr).toBe('');
});
afterAll(() => program.remove());

describe.each(pages.filter(({ lines }) => lines.length > 0))('$page', ({ lines }) => {
  it.each(lines)('%s', async (line) => {
    const child = spawn('bash', ['-c', brief(line)], {
      cwd: program.folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { status, stderr } = await watch(child);
    if (line.endsWith('# refused')) expect(status).toBeGreaterThan(0);
    else expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describe('every page', () => {
  const commands = [...program.run('--help').stdout.matchAll(/^ {2}([a-z]+) .*$/gm)].map(
    ([, name]) => name ?? '',
  );
  const helps = new Map(commands.map((command) => [command, program.run(command, '--help').stdout]));
  const all = ['README.md', 'apps/cli/README.md', ...pagesIn('docs'), ...pages.map(({ page }) => page)];
  const called = all.flatMap((page) =>
    [...read(page).matchAll(/(?:npx @tinyllm\/cli|tinyllm) ([a-z]+)( [^`\n]*)?/g)]
      .filter(([line]) => !line.endsWith('# refused'))
      .map(([, command = '', rest = '']) => [page, command, rest.split('#')[0]?.trim() ?? ''] as const)
      .filter(([, command]) => commands.includes(command)),
  );

  it('calls commands', () => {
    expect(new Set(called.map(([, command]) => command)).size).toBeGreaterThan(8);
  });

  it.each(called.filter(([, , rest]) => rest.includes('--')))(
    '%s: tinyllm %s %s has flags that there are',
    (_page, command, rest) => {
      const flags = [...rest.matchAll(/(?:^| )(--[a-z][a-z0-9-]*)/g)].map(([, flag]) => flag as string);
      for (const flag of flags)
        expect(helps.get(command)).toMatch(new RegExp(`^ +(?:-\\w, )?${flag}\\b`, 'm'));
    },
  );
});
