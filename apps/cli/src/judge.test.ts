import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLenientJudge } from './testing/judge-server';
import { createProgram } from './testing/program';

const program = createProgram();

beforeAll(() => {
  const small =
    '--n-layer 1 --n-head 2 --n-embd 16 --block-size 16 --batch-size 4 --eval-iters 1 --max-iters 2';
  expect(program.run('train', ...small.split(' '))).toMatchObject({ status: 0, stderr: '' });
  writeFileSync(join(program.folder, 'prompts.txt'), 'Once\nTom\n');
});
afterAll(() => program.remove());

const settings = ['judge', '--prompts', 'prompts.txt', '--num-samples', '3', '--max-new-tokens', '30'];
const lines = (file: string): string[] =>
  readFileSync(join(program.folder, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '');

describe('tinyllm judge', () => {
  it('measures texts without a judge, and what they copied', () => {
    const { status, stdout } = program.run(...settings, '--out', 'numbers', '--data', 'stories');
    expect(status).toBe(0);
    expect(stdout).toMatch(/texts +6\n/);
    expect(stdout).toMatch(/self-BLEU +0\.\d/);
    expect(stdout).toMatch(/copied +0\.0 % in spans of 12 words or more of .*stories/);
    expect(stdout).toContain('No judge was asked');
    expect(lines('numbers/stories.jsonl')).toHaveLength(6);
  });

  it('has them judged, shows the cost, and judges nothing twice', async () => {
    const judge = await startLenientJudge();
    const args = [...settings, '--out', 'judged', '--model', 'm', '--base-url', judge.url, '--checks', '2'];
    const first = await program.start([...args, '--price-prompt', '1', '--price-completion', '10']);
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(first.stdout).toMatch(/grammar +7\.00 of 10 \(7\.00 to 7\.00\); asked again, 0\.00 apart/);
    expect(first.stdout).toMatch(
      /order +the same of two wins in either order in 0 % of 2 pairs; the first wins in 0 %/,
    );
    // 6 grades, 2 again, 2 pairs in 2 orders: 12 questions of 1,000 and 50 tokens.
    expect(first.stdout).toMatch(/cost +12,000 tokens read, 600 written, \$0\.0180/);
    expect(judge.questions).toHaveLength(12);
    expect(judge.questions[0]).toContain('Once***');
    appendFileSync(join(program.folder, 'judged/judgements.jsonl'), '{"kind":"gra'); // as a killed process leaves it
    expect((await program.start(args)).stdout).toMatch(/cost +0 tokens read/);
    expect(judge.questions).toHaveLength(12);
    expect(lines('judged/judgements.jsonl').map((line) => JSON.parse(line).key)).toHaveLength(12);
    const other = await program.start([...args, '--temperature', '1']);
    expect(other.stderr).toMatch(
      /other settings: temperature was 0.8, now 1\. Choose another folder with --out/,
    );
    expect(other.status).toBe(2);
    judge.close();
  });

  it('says what has no answer, and asks only for that the next time', async () => {
    const judge = await startLenientJudge({ failFrom: 3, failTo: 6 });
    const args = [...settings, '--out', 'cut', '--model', 'm', '--base-url', judge.url, '--concurrency', '1'];
    const cut = await program.start([...args, '--checks', '0']);
    expect(cut.status).toBe(1);
    expect(cut.stderr).toMatch(
      /No answer to 1 of the questions.+3 answers did not match[\s\S]+Run the same command again/,
    );
    expect(lines('cut/judgements.jsonl')).toHaveLength(5);
    expect(judge.questions).toHaveLength(8); // 3 answers, 3 attempts, 2 answers
    const again = await program.start([...args, '--checks', '0', '--json']);
    expect(JSON.parse(again.stdout).judge).toMatchObject({ stories: 6, grades: { plot: { mean: 4 } } });
    expect(judge.questions).toHaveLength(9);
    judge.close();
  });
});
