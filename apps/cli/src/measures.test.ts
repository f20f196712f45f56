/** What a run leaves behind to be looked at: evaluations, plots, events for TensorBoard. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../bin/tinyllm.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tinyllm-measures-'));
const run = join(folder, 'runs', 'bigram');
const text = 'to be, or not to be, that is the question.\n'.repeat(40);

function ended(...args: string[]) {
  const options = { cwd: folder, encoding: 'utf8', env: { ...process.env, TINYLLM_OFFLINE: '1' } } as const;
  return spawnSync(process.execPath, [program, ...args], options);
}

function tinyllm(...args: string[]): string {
  const { status, stdout, stderr } = ended(...args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

beforeAll(() => {
  writeFileSync(join(folder, 'input.txt'), text);
  const settings = '--max-iters 200 --eval-interval 50 --eval-iters 4 --learning-rate 0.05 --backend cpu';
  tinyllm('train', '--recipe', 'bigram', '--data', 'input.txt', ...settings.split(' '));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('tinyllm eval', () => {
  it('measures the part of the text that its run kept for validation, by default', () => {
    const { tokens, bytes, loss, perplexity, bitsPerByte, accuracy } = JSON.parse(tinyllm('eval', '--json'));
    expect([tokens, bytes]).toEqual([text.length / 10 - 1, text.length / 10 - 1]);
    expect(perplexity).toBeCloseTo(Math.exp(loss), 9);
    expect(bitsPerByte).toBeCloseTo(loss / Math.LN2, 9); // a token is a byte here
    expect(accuracy.top5).toBeGreaterThan(accuracy.top1);
  });

  it('refuses a text that has changed since its run, and would be read as another', () => {
    const path = join(folder, 'input.txt');
    writeFileSync(path, `${text}!`);
    const { status, stderr } = ended('eval');
    writeFileSync(path, text);
    expect(stderr).toMatch(/is no longer the text that runs.bigram.+ was trained on/);
    expect(status).toBe(2);
  });

  it('measures any whole file, whose likeliest next characters it has learned', () => {
    writeFileSync(join(folder, 'other.txt'), 'to be');
    const args = ['runs/bigram', '--data', 'other.txt', '--split', 'all'];
    const measured = JSON.parse(tinyllm('eval', ...args, '--json'));
    expect(measured).toMatchObject({ tokens: 4, bytes: 4 });
    expect(measured.accuracy.top5).toBe(1);
    expect(tinyllm('eval', ...args)).toMatch(/bits per byte +\d\.\d{4}/);
  });
});

describe('tinyllm train --max-time', () => {
  it('ends a run that would go on, with a checkpoint', () => {
    const args = ['--recipe', 'bigram', '--data', 'input.txt', '--name', 'timed', '--max-iters', '100000000'];
    const told = tinyllm('train', ...args, '--backend', 'cpu', '--max-time', '1s');
    expect(told).toMatch(/Reached --max-time at step \d+ in .+ Saved runs.timed.checkpoints.step-\d{8}/);
    rmSync(join(folder, 'runs', 'timed'), { recursive: true }); // the newest run is the other one
  });
});

describe('tinyllm plot', () => {
  it('draws one run, each evaluation with its loss, and so does training', () => {
    tinyllm('plot');
    const svg = readFileSync(join(folder, 'plot.svg'), 'utf8');
    expect(svg).toBe(readFileSync(join(run, 'plot.svg'), 'utf8'));
    const metrics = readFileSync(join(run, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const { type, step, validation } of metrics) {
      if (type !== 'evaluation') continue;
      expect(svg).toContain(`<title>validation, step ${step}: ${validation.loss.toFixed(4)}</title>`);
    }
  });

  it('compares runs, as a picture or a page', () => {
    tinyllm('plot', 'runs/bigram', 'runs/bigram', '--out', 'both.png');
    expect([...readFileSync(join(folder, 'both.png')).subarray(0, 8)]).toEqual([
      137, 80, 78, 71, 13, 10, 26, 10,
    ]);
    tinyllm('plot', 'runs/bigram', 'runs/bigram', '--out', 'both.html');
    expect(readFileSync(join(folder, 'both.html'), 'utf8').match(/<svg/g)).toHaveLength(3);
  });

  it('takes runs/* from a shell that leaves it as it is, for all folders that are not hidden', () => {
    cpSync(run, join(folder, 'runs', 'again'), { recursive: true });
    mkdirSync(join(folder, 'runs', '.new-1'));
    writeFileSync(join(folder, 'runs', 'notes.txt'), 'none of the runs');
    const told = tinyllm('plot', 'runs/*', '--out', 'all.svg');
    for (const name of ['again', '.new-1', 'notes.txt'])
      rmSync(join(folder, 'runs', name), { recursive: true });
    expect(told).toBe(`Drew ${join('runs', 'again')}, ${join('runs', 'bigram')} into all.svg.\n`);
    const svg = readFileSync(join(folder, 'all.svg'), 'utf8');
    for (const name of ['again', 'bigram']) expect(svg).toContain(name);
  });
});

/** Python with tensorboard, for machines that have it. */
const python = process.env.TINYLLM_PEERS_PYTHON ?? '';
const hasReader = existsSync(python) && spawnSync(python, ['-c', 'import tensorboard']).status === 0;

/** Prints [tag, step, value] of every scalar in a folder, as tensorboard's own reader has them. */
const reader = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
events.Reload()
print(json.dumps([[tag, s.step, s.value] for tag in events.Tags()["scalars"] for s in events.Scalars(tag)]))
`;

describe.skipIf(!hasReader)(
  `TensorBoard's reader${hasReader ? '' : ' (TINYLLM_PEERS_PYTHON has none)'}`,
  () => {
    it('reads the scalars of metrics.jsonl', () => {
      expect(readdirSync(run).some((name) => name.startsWith('events.out.tfevents.'))).toBe(true);
      const { stdout, stderr } = spawnSync(python, ['-c', reader, run], { encoding: 'utf8' });
      const read: [string, number, number][] = JSON.parse(stdout || stderr);
      const expected = readFileSync(join(run, 'metrics.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .flatMap(({ type, step, loss, learningRate, gradientNorm, train, validation }) =>
          type === 'step'
            ? [
                ['train/loss', step, loss],
                ['train/lr', step, learningRate],
                ['train/grad_norm', step, gradientNorm],
              ]
            : [
                ['eval/train', step, train.loss],
                ['eval/val', step, validation.loss],
              ],
        );
      const sorted = (rows: unknown[][]) =>
        rows.map(([tag, step, value]) => [tag, step, Math.fround(value as number)].join()).sort();
      expect(sorted(read)).toEqual(sorted(expected));
    });
  },
);
