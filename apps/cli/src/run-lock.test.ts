import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProgram, type Ended } from './testing/program';

const program = createProgram();
const command = [
  ...'train --recipe shakespeare-char-cpu --name run --resume auto --data input.txt --json'.split(' '),
  ...'--n-layer 1 --n-head 2 --n-embd 8 --block-size 8 --batch-size 2 --backend wasm'.split(' '),
  ...'--eval-interval 10 --eval-iters 1 --log-interval 1'.split(' '),
];
const endless = [...command, '--max-iters', '1000000'];

beforeAll(() => {
  const text = 'to be, or not to be, that is the question.\n'.repeat(40);
  writeFileSync(join(program.folder, 'input.txt'), text);
});
afterAll(() => program.remove());

it('a run that is being trained is refused to a second process, until the first is killed', async () => {
  let second: Ended | undefined;
  const config = (): string => readFileSync(join(program.folder, 'runs', 'run', 'config.json'), 'utf8');
  const first = await program.start(endless, (output, child) => {
    if (second !== undefined || !output.includes('"type":"checkpoint"')) return;
    const before = config();
    second = program.run(...command, '--max-iters', '20');
    expect(config()).toBe(before);
    child.kill('SIGKILL');
  });
  expect(first).toMatchObject({ status: null, stderr: '' });
  expect(second?.stderr).toMatch(/^error: Another process is writing to runs.run, .+Wait until it ends/);
  expect(second).toMatchObject({ status: 1, stdout: '' });

  const last = Number(
    /"step":(\d+)/.exec(first.stdout.slice(first.stdout.lastIndexOf('"type":"checkpoint"')))?.[1],
  );
  const third = program.run(...command, '--max-iters', String(last + 10));
  expect(third.stderr).toBe('');
  expect(third.stdout).toContain(`{"type":"end","step":${last + 10},"reason":"finished"}`);

  const more = [...command, '--max-iters', String(last + 500)];
  const children = new Set<{ kill(signal: 'SIGKILL'): boolean }>();
  const both = [0, 1].map(() => program.start(more, (_, child) => children.add(child)));
  const refused = await Promise.race(both); // of two that begin at the same moment, one
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(both);
  expect(refused.stderr).toMatch(/^error: Another process is writing/);
});
