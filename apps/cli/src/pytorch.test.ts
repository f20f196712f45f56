/** A run goes to PyTorch, goes on there on two processes as it would have gone on here, and comes back. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { evenWindows, randomWindows } from '@tinyllm/data';
import { openPrepared } from '@tinyllm/data/node';
import { type ScheduleName, schedules } from '@tinyllm/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from './testing/program';

const python = process.env.TINYLLM_PEERS_PYTHON ?? '';
const hasTorch = existsSync(python) && spawnSync(python, ['-c', 'import torch.distributed']).status === 0;
const why = hasTorch ? '' : ' (skipped unless TINYLLM_PEERS_PYTHON has PyTorch)';

const program = createProgram();
afterAll(() => program.remove());
const path = (...parts: string[]): string => join(program.folder, ...parts);
const read = (...parts: string[]): string => readFileSync(path(...parts), 'utf8');

interface Line {
  readonly type: string;
  readonly step: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly gradientNorm: number;
  readonly tokensSeen: number;
  readonly validation: { readonly loss: number };
}

const metrics = (run: string): Line[] =>
  read(run, 'metrics.jsonl')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

function tinyllm(...args: string[]): string {
  const { status, stdout, stderr } = program.run(...args);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

/**
 * Runs the script of an exported folder on so many processes. PyTorch 1.13 on Python 3.11 starts only what has its output
 * copied, `--tee`, with a mark before each line.
 */
function torchrun(folder: string, processes: number, ...flags: string[]): string {
  const launcher = `-m torch.distributed.run --standalone --redirects 1 --tee 1 --nproc_per_node ${processes}`;
  const args = [...launcher.split(' '), path(folder, 'train.py'), '--device', 'cpu', ...flags];
  const ascii = { LC_ALL: 'C', PYTHONCOERCECLOCALE: '0', PYTHONUTF8: '0' }; // no UTF-8 unless asked for, as on Windows
  const env = { ...program.env, ...ascii, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' };
  const { status, stdout, stderr } = spawnSync(python, args, { encoding: 'utf8', env });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.replaceAll(/^\[default\d\]:/gm, '');
}

/** The text. Its name stands in config.json and on model cards, in UTF-8 whatever the machine's own encoding is. */
const BOOK = 'café.jsonl';

/** GPT-2's family without biases; Llama's with shared keys; what lies between, with everything else. */
const models: Readonly<Record<string, string>> = {
  gpt2: '--bias false --mlp gelu',
  untied: '--bias true --mlp gelu_tanh --tie-embeddings false --within-documents true',
  llama: '--norm rms --position rope --mlp swiglu --bias false --n-kv-head 1',
  between: '--norm rms --position learned --mlp gelu --qk-norm true --bias true',
};
const small =
  '--n-layer 2 --n-head 2 --n-embd 16 --block-size 16 --batch-size 3 --gradient-accumulation-steps 2';
const short =
  '--eval-interval 10 --eval-iters 3 --log-interval 1 --warmup-iters 5 --lr-decay-iters 30 --seed 8589934593';
const train = (name: string, iterations: number): string[] =>
  `train --recipe stories-nano --data ${BOOK} --name ${name} ${small} ${short} ${models[name]} --max-iters ${iterations} --backend cpu`.split(
    ' ',
  );

beforeAll(() => {
  const story = (i: number): string =>
    `Once upon a time there were ${i} foxes who liked to read book ${i * 7}. `;
  const lines = Array.from({ length: 120 }, (_, i) => JSON.stringify({ text: story(i).repeat(1 + (i % 3)) }));
  writeFileSync(path(BOOK), lines.join('\n'));
});

describe('tinyllm export --to pytorch', () => {
  beforeAll(() => {
    tinyllm(...train('gpt2', 10));
    tinyllm('export', 'runs/gpt2', '--to', 'pytorch', '--out', 'out');
  });

  it('is a run with its tokens, the scripts and what they need, which sample opens', () => {
    expect(readdirSync(path('out', 'data')).sort()).toEqual([
      'meta.json',
      'tokenizer.json',
      'train.bin',
      'val.bin',
    ]);
    for (const name of ['train.py', 'sky.yaml', 'ray_job.py', 'PYTORCH.md'])
      expect(read('out', name)).not.toBe('');
    expect(metrics('out')).toEqual(metrics('runs/gpt2'));
    const sample = (checkpoint: string): string =>
      tinyllm('sample', '--checkpoint', checkpoint, '--max-new-tokens', '5', '--temperature', '0');
    expect(sample('out')).toBe(sample('runs/gpt2'));
    expect(tinyllm('eval', 'runs/gpt2', '--data', 'out/data', '--json')).toBe(
      tinyllm('eval', 'runs/gpt2', '--json'),
    );
  });

  it.each<[string[], number, RegExp]>([
    [['export', 'runs/gpt2', '--to', 'pytorch', '--out', 'out'], 1, /out exists already/],
    [['export', 'runs/gpt2', '--to', 'pytorch', '--out', 'x', '--dtype', 'f16'], 2, /cannot be used with/],
    [['export', 'nowhere', '--to', 'pytorch', '--out', 'x'], 1, /There is no run in nowhere/],
    [['import', 'out'], 1, /out has no checkpoint after step-00000010.+Train it first/],
    [['import', 'out', '--out', 'models/out'], 2, /goes back into runs\/gpt2/],
  ])('%j says why it does nothing', (args, expected, message) => {
    const before = readdirSync(program.folder);
    const { status, stderr } = program.run(...args);
    expect(stderr).toMatch(message);
    expect(status).toBe(expected);
    expect(readdirSync(program.folder)).toEqual(before);
  });

  it('refuses a run whose text has changed', () => {
    const text = read(BOOK);
    writeFileSync(path(BOOK), text.replace('Once', 'Never'));
    const { status, stderr } = program.run('export', 'runs/gpt2', '--to', 'pytorch', '--out', 'x');
    writeFileSync(path(BOOK), text);
    expect(stderr).toMatch(/data was \w+ and is \w+/);
    expect(status).toBe(2);
    expect(existsSync(path('x.partial'))).toBe(false);
  });
});

describe.skipIf(!hasTorch)(`PyTorch${why}`, () => {
  it('has our windows, our schedules and our random numbers', async () => {
    const seeds = [0, 8589934593, 2 ** 53 - 1];
    const separator = JSON.parse(read('out', 'config.json')).exported.separator;
    expect(separator).toBe(0);
    const windows = seeds.flatMap((seed) => [
      { split: 'train', seed, blockSize: 16 },
      { split: 'val', seed, blockSize: 24, separator },
    ]);
    const settings = { learningRate: 1e-3, minLearningRate: 1e-4, warmupIters: 5, lrDecayIters: 40 };
    const names = Object.keys(schedules) as ScheduleName[];
    const steps = [0, 1, 4, 5, 6, 20, 31, 32, 33, 39, 40, 1000];
    const rows = [...Array(12).keys()];
    // known answers of Random123
    const cases = [
      [
        [0, 0, 0, 0],
        [0, 0],
        [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
      ],
      [
        Array(4).fill(0xffffffff),
        Array(2).fill(0xffffffff),
        [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
      ],
    ];
    const request = {
      folder: path('out'),
      windows: windows.map((options) => ({ ...options, rows, count: 12 })),
      steps,
      schedules: names.map((schedule) => ({ ...settings, schedule })),
      philox: cases.map(([counter, key]) => ({ counter, key })),
    };
    const peers = fileURLToPath(new URL('../peers/pytorch.py', import.meta.url));
    const { stdout, stderr } = spawnSync(python, ['-B', peers], {
      input: JSON.stringify(request),
      encoding: 'utf8',
    });
    const answer = JSON.parse(stdout || stderr);
    const { train, validation, close } = await openPrepared(path('out', 'data'));
    const expected = windows.map(({ split, ...options }) => {
      const ids = split === 'train' ? train : validation;
      const sources = [
        randomWindows(ids, { ...options, batchSize: 12 }),
        evenWindows(ids, { ...options, batchSize: 3, batches: 4 }),
      ];
      const [random, even] = sources.map((source) => {
        const batches = Array.from({ length: 12 / source.batchSize }, (_, index) => source.batch(index));
        return [batches.flatMap(({ x }) => [...x]), batches.flatMap(({ y }) => [...y])];
      });
      return [random, even];
    });
    close();
    expect(answer.rows).toEqual(expected);
    const rates = names.map((name) => steps.map((step) => schedules[name](settings)(step)));
    for (const [i, row] of rates.entries())
      for (const [j, rate] of row.entries()) expect(answer.rates[i][j]).toBeCloseTo(rate, 15);
    expect(answer.philox).toEqual(cases.map(([, , words]) => words));
    expect(answer.roundTrip).toBe(true);
  });

  it.each(Object.keys(models))('%s goes on on two processes with the losses that it has here', (name) => {
    if (!existsSync(path('runs', name))) tinyllm(...train(name, 10));
    tinyllm('export', `runs/${name}`, '--to', 'pytorch', '--out', `${name}-out`);
    const told = torchrun(`${name}-out`, 2, '--max-iters', '30');
    const before = metrics(`runs/${name}`).at(-1) as Line;
    const begins = Number(/^step 10: train loss [\d.]+, validation loss ([\d.]+)$/m.exec(told)?.[1]);
    expect(Math.abs(begins - before.validation.loss)).toBeLessThan(1e-4);
    expect(told).toMatch(/tinyllm's validation loss there was [\d.]+, \d\.\de-0[5-9] away/);

    cpSync(path('runs', name), path('runs', `${name}-here`), { recursive: true });
    tinyllm('train', '--resume', `runs/${name}-here`, '--max-iters', '30', '--backend', 'cpu');
    const here = metrics(`runs/${name}-here`);
    const there = metrics(`${name}-out`);
    expect(there).toHaveLength(here.length);
    for (const [i, line] of here.entries()) {
      const { type, step, loss, learningRate, gradientNorm, tokensSeen, validation } = there[i] as Line;
      expect([type, step, tokensSeen]).toEqual([line.type, line.step, line.tokensSeen]);
      if (type === 'evaluation') expect(validation.loss).toBeCloseTo(line.validation.loss, 3);
      else {
        expect(loss).toBeCloseTo(line.loss, 3);
        expect(gradientNorm / line.gradientNorm).toBeCloseTo(1, 2);
        expect(learningRate).toBeCloseTo(line.learningRate, 12);
      }
    }

    expect(tinyllm('import', `${name}-out`)).toContain(`Imported ${name}-out into ${join('runs', name)}\n`);
    expect(metrics(`runs/${name}`)).toEqual(there);
    expect(there.at(-1)?.validation.loss).toBeLessThan(before.validation.loss);
    const info = JSON.parse(tinyllm('info', `runs/${name}`, '--json'));
    expect(info.trainer.step).toBe(30);
    expect(info.trainer.validationLoss).toBe(there.at(-1)?.validation.loss);
    expect(read('runs', name, 'README.md')).toMatch(/Node v[\d.]+; PyTorch [\w.+]+ on 2 × CPU, float32/);
    const measured = (checkpoint: string): number =>
      JSON.parse(tinyllm('eval', checkpoint, '--data', `${name}-out/data`, '--json')).loss;
    expect(measured(`runs/${name}`)).toBeCloseTo(measured(`runs/${name}-here`), 3);
    const text = tinyllm('sample', '--checkpoint', `runs/${name}`, '--max-new-tokens', '10');
    expect(text.length).toBeGreaterThan(5);
  });

  it('goes on from its own checkpoint, for others as well, and comes back a second time, or into a run of its own', () => {
    const told = torchrun('gpt2-out', 1, '--max-iters', '35', '--precision', 'bfloat16');
    expect(told).toMatch(/^step 30: train loss/m);
    expect(tinyllm('import', 'gpt2-out')).toContain(`into ${join('runs', 'gpt2')}\n`);
    expect(metrics('runs/gpt2').map(({ step }) => step)).toEqual(metrics('gpt2-out').map(({ step }) => step));
    expect(tinyllm('train', '--resume', 'runs/gpt2', '--max-iters', '40', '--backend', 'cpu')).toMatch(
      /resumes +step 35, from/,
    );
    torchrun('gpt2-out', 1, '--max-iters', '36');
    expect(tinyllm('import', 'gpt2-out')).toContain(`into ${join('runs', 'gpt2-2')}\n`); // the run has gone on
    expect(metrics('runs/gpt2-2')).toEqual(metrics('gpt2-out'));
    mkdirSync(path('elsewhere'));
    rmSync(path('runs', 'gpt2-2'), { recursive: true });
  });
});
