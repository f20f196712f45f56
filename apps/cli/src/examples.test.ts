/** Every example in the help of every command does what it says, run by a shell as it stands. */
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LenientJudge, startLenientJudge } from './testing/judge-server';
import { createProgram, watch } from './testing/program';

const program = createProgram();
const commands = [...program.run('--help').stdout.matchAll(/^ {2}([a-z]+) .*$/gm)]
  .map(([, name]) => name as string)
  .filter((name) => name !== 'help');

/** The lines below Example or Examples, without those of another heading. */
function examplesOf(...command: string[]): string[] {
  const { stdout } = program.run(...command, '--help');
  return /Examples?:\n((?: {2}.*\n?)+)/.exec(stdout)?.[1]?.trim().split(/\n +/) ?? [];
}

const examples = [
  ...commands.map((name) => [name]),
  ...['train', 'encode', 'decode'].map((part) => ['tokenizer', part]),
].map((command) => [command.join(' '), examplesOf(...command)] as const);

/** What the examples of import read. */
const fixtures = fileURLToPath(new URL('../../../../shared/fixtures/llama2c-stories260K', import.meta.url));
const missing = !existsSync(fixtures);

let judge: LenientJudge;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  judge = await startLenientJudge();
  for (const folder of ['bin', 'books/old', '.zsh/completions', '.config/fish/completions'])
    mkdirSync(join(program.folder, folder), { recursive: true });
  const file = (name: string, text: string): void => writeFileSync(join(program.folder, name), text);
  file('input.txt', 'to be, or not to be, that is the question.\n'.repeat(40));
  file('books/old/hamlet.txt', 'To be, or not to be, that is the question.\n'.repeat(40));
  file('book.txt', 'Once upon a time there was a fox who liked to read.\n'.repeat(20));
  file('prompt.txt', 'Once upon a time');
  if (!missing) {
    for (const name of ['stories260K.bin', 'tok512.bin'])
      copyFileSync(join(fixtures, name), join(program.folder, name));
  }
  const training = { maxIters: 4, blockSize: 32, batchSize: 2, evalIters: 1, evalInterval: 4 };
  const short = { maxNewTokens: 20 };
  file(
    'tinyllm.config.ts',
    `export default ${JSON.stringify({ train: training, sample: short, judge: short })};`,
  );
  const bin = join(program.folder, 'bin');
  symlinkSync(fileURLToPath(new URL('../bin/tinyllm.js', import.meta.url)), join(bin, 'tinyllm'));
  env = { ...program.env, PATH: `${bin}:${process.env.PATH}`, OPENAI_BASE_URL: judge.url };
});
afterAll(() => {
  judge.close();
  program.remove();
});

describe('the help', () => {
  it('has an example for every command', () => {
    expect(commands.length).toBeGreaterThanOrEqual(9);
    expect(examples.filter(([, lines]) => lines.length === 0)).toEqual([]);
  });

  const lines = examples.flatMap(([, all]) => all);
  const isOffline = (line: string): boolean =>
    !line.includes(' hf:') && !(missing && line.includes('stories260K'));
  it.skip.each(lines.filter((line) => !isOffline(line)))(
    '%s (the hub, which hub.test.ts stands in for, or files that are not here)',
    () => undefined,
  );
  it.each(lines.filter(isOffline))('%s', async (line) => {
    const child = spawn('bash', ['-c', line], {
      cwd: program.folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { status, stderr } = await watch(child);
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});

describe('completion', () => {
  const complete = (...words: string[]): string[] => {
    const script = `source <(tinyllm completion bash); COMP_WORDS=(tinyllm ${words.map((word) => `"${word}"`).join(' ')})
      COMP_CWORD=${words.length}; _tinyllm; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return spawnSync('bash', ['-c', script], { encoding: 'utf8', env }).stdout.trim().split('\n');
  };

  it('in bash knows commands, flags and their values', () => {
    expect(complete('sa')).toEqual(['sample']);
    expect(complete('sample', '--top')).toEqual(['--top-k', '--top-p']);
    expect(complete('sample', '--backend', 'w')).toEqual(['webgpu', 'wasm']);
  });

  it.each(['zsh', 'fish'])('is a script that %s reads, where there is one', (shell) => {
    const script = program.run('completion', shell).stdout;
    expect(script).toContain('top-k');
    const { status, error } = spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' });
    if (error === undefined) expect(status).toBe(0);
  });
});
