/** The command line as its users meet it: the built program in a folder of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../bin/tinyllm.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tinyllm-'));
const small =
  '--n-layer 1 --n-head 2 --n-embd 16 --block-size 16 --batch-size 4 --eval-iters 1 --eval-interval 5'.split(
    ' ',
  );

function tinyllm(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: 'utf8' });
}

afterAll(() => rmSync(folder, { recursive: true }));

describe('tinyllm train', () => {
  let trained: ReturnType<typeof tinyllm>;
  const run = join(folder, 'runs', 'stories-nano');

  beforeAll(() => {
    trained = tinyllm('train', ...small, '--max-iters', '10');
  });

  it('says what it trains, the chance and the floor, its losses, and how to go on', () => {
    expect(trained).toMatchObject({ status: 0, stderr: '' });
    expect(trained.stdout).toMatch(/recipe +stories-nano/);
    expect(trained.stdout).toMatch(/chance +loss 6\.2383/);
    expect(trained.stdout).toMatch(/floor +loss 0\.2490, the entropy of the text/);
    for (const step of [0, 5, 10]) {
      expect(trained.stdout).toMatch(
        new RegExp(`step ${step}: train loss [\\d.]+ {2}validation loss [\\d.]+ {2}floor 0.2490`),
      );
    }
    expect(trained.stdout).toContain('npx tinyllm sample --checkpoint runs/stories-nano');
  });

  it('leaves a run that repeats and a checkpoint that is whole', () => {
    const config = JSON.parse(readFileSync(join(run, 'config.json'), 'utf8'));
    expect(config).toMatchObject({
      name: 'stories-nano',
      model: { nLayer: 1, nEmbd: 16 },
      training: { maxIters: 10, lrDecayIters: 10 },
    });
    expect(readFileSync(join(run, 'latest'), 'utf8')).toBe('step-00000010\n');
    expect(readdirSync(join(run, 'checkpoints', 'step-00000010')).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
      'trainer.json',
    ]);
    const metrics = readFileSync(join(run, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(metrics.map(({ type }) => type)).toEqual([
      'evaluation',
      'step',
      'evaluation',
      'step',
      'evaluation',
    ]);
  });

  it('samples what it trained, the same for the same seed', () => {
    const sample = (seed: string) =>
      tinyllm('sample', '--max-new-tokens', '40', '--prompt', 'Once', '--seed', seed);
    const first = sample('1');
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(first.stdout).toMatch(/^Once/);
    expect(sample('1').stdout).toBe(first.stdout);
    expect(sample('2').stdout).not.toBe(first.stdout);
  });

  it('informs about the checkpoint, as text and as JSON', () => {
    expect(tinyllm('info').stdout).toMatch(/parameters +[\d,]+, of which [\d,]+ in embeddings/);
    expect(JSON.parse(tinyllm('info', 'runs/stories-nano', '--json').stdout)).toMatchObject({
      architecture: 'gpt',
      config: { nLayer: 1, nHead: 2, nEmbd: 16 },
      trainer: { step: 10, tokensSeen: 640 },
    });
  });

  it('trains on a file, a bigram too, and gives a second run a folder of its own', () => {
    writeFileSync(join(folder, 'input.txt'), 'to be, or not to be, that is the question.\n'.repeat(40));
    const args = [
      'train',
      '--recipe',
      'bigram',
      '--data',
      'input.txt',
      '--max-iters',
      '20',
      '--eval-iters',
      '2',
    ];
    expect(tinyllm(...args).stdout).toContain('Saved runs/bigram/checkpoints/step-00000020');
    expect(
      tinyllm(...args, '--json')
        .stdout.trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .at(-1),
    ).toEqual({
      type: 'end',
      step: 20,
      reason: 'finished',
    });
    expect(existsSync(join(folder, 'runs', 'bigram-2', 'latest'))).toBe(true);
    expect(
      tinyllm('sample', '--checkpoint', 'runs/bigram', '--prompt', 'to', '--max-new-tokens', '5').stdout,
    ).toMatch(/^to/);
  });

  it('saves a checkpoint on Ctrl-C and says what it did', async () => {
    const child = spawn(
      process.execPath,
      [program, 'train', ...small, '--name', 'cut', '--max-iters', '1000000', '--json'],
      { cwd: folder },
    );
    let output = '';
    for await (const chunk of child.stdout) {
      output += chunk;
      if (!child.killed && output.includes('"step":10,')) child.kill('SIGINT');
    }
    const end = JSON.parse(output.trim().split('\n').at(-1) as string);
    expect(end).toMatchObject({ type: 'end', reason: 'aborted' });
    expect(JSON.parse(tinyllm('info', 'runs/cut', '--json').stdout).trainer.step).toBe(end.step);
  });
});

describe('tinyllm', () => {
  it('shows what the machine can run on', () => {
    const { status, stdout } = tinyllm('doctor');
    expect(status).toBe(0);
    expect(stdout).toMatch(/wasm +yes/);
    expect(stdout).toMatch(/cpu +yes/);
    const report = JSON.parse(tinyllm('doctor', '--json').stdout);
    expect(report.backends.map(({ name }: { name: string }) => name)).toEqual([
      'tensorflow',
      'webgpu',
      'wasm',
      'cpu',
    ]);
    expect(report.best).toBe(report.backends.find(({ usable }: { usable: boolean }) => usable).name);
  });

  it.each([['train'], ['sample'], ['info'], ['doctor']])('%s --help has an example', (command) => {
    const { status, stdout } = tinyllm(command, '--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples?:\\n {2}tinyllm ${command}`));
  });

  it.each<[string[], number, RegExp]>([
    [['trian'], 2, /unknown command 'trian'[\s\S]+train/],
    [['train', '--n-heads', '3'], 2, /unknown option '--n-heads'[\s\S]+--n-head\b/],
    [['train', '--n-head', 'three'], 2, /It must be a number/],
    [['train', '--n-head', '5'], 2, /nEmbd \(128\) must be a multiple of nHead \(5\)/],
    [['train', '--min-learning-rate', '1'], 2, /minLearningRate \(1\) is above learningRate/],
    [['train', '--recipe', 'gpt5'], 2, /no recipe "gpt5".+stories-nano, bigram/],
    [['train', '--recipe', 'bigram'], 2, /--data input.txt/],
    [
      ['train', '--recipe', 'bigram', '--n-layer', '2', '--data', 'x'],
      2,
      /--n-layer does not apply to bigram/,
    ],
    [['train', '--backend', 'cuda'], 2, /tensorflow, webgpu, wasm, cpu/],
    [['train', '--data', 'missing.txt'], 1, /Could not read missing.txt/],
    [['train', '--backend', 'tensorflow'], 1, /npm install @tensorflow\/tfjs-node/],
    [['sample', '--checkpoint', 'nowhere'], 1, /no checkpoint in nowhere.+tinyllm train/],
    [['sample', '--temperature', '-1'], 2, /temperature must be/],
  ])('%j exits with %d and says why', (args, status, message) => {
    const result = tinyllm(...args);
    expect(result.stderr).toMatch(message);
    expect(result.status).toBe(status);
  });

  it('makes no run folder when the settings are bad', () => {
    tinyllm('train', '--name', 'bad', '--n-head', '5');
    expect(existsSync(join(folder, 'runs', 'bad'))).toBe(false);
  });
});
