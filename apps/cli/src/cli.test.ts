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

/** Nothing is downloaded, and no one's cache is read. */
const env = { ...process.env, TINYLLM_OFFLINE: '1', TINYLLM_CACHE: join(folder, 'cache') };

function tinyllm(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: 'utf8', env });
}

const shakespeare = fileURLToPath(new URL('../../../../shared/data/tinyshakespeare.txt', import.meta.url));
const missing = !existsSync(shakespeare);

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
      recipe: { name: 'stories-nano', training: { maxIters: 10, lrDecayIters: 10 } },
      model: { nLayer: 1, nEmbd: 16, vocabSize: 512, blockSize: 16 },
    });
    expect(readFileSync(join(run, 'latest'), 'utf8')).toBe('step-00000010\n');
    expect(readdirSync(join(run, 'checkpoints', 'step-00000010')).sort()).toEqual([
      'MANIFEST.json',
      'README.md',
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'optimizer.safetensors',
      'plot.svg',
      'tokenizer.json',
      'tokenizer_config.json',
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
    const { stdout } = tinyllm('info', '--batch-size', '16');
    expect(stdout).toMatch(/parameters +11,568, of which 8,448 in embeddings and 3,120 elsewhere/);
    expect(stdout).toMatch(/cost of a token +0\.0 MFLOP to read, 0\.1 MFLOP to train on/);
    expect(stdout).toMatch(/memory of training +at a batch size of 16\n +wasm +about [\d.]+ MiB\n/);
    expect(stdout).toMatch(/tensorflow, webgpu, cpu +over 0\.2 MiB, .+ that of activations is not known/);
    expect(JSON.parse(tinyllm('info', 'runs/stories-nano', '--json').stdout)).toMatchObject({
      architecture: 'gpt',
      config: { nLayer: 1, nHead: 2, nEmbd: 16 },
      trainer: { step: 10, tokensSeen: 640 },
    });
  });

  it('informs about a recipe before it is trained, and says the same when training starts', () => {
    const told = JSON.parse(tinyllm('info', '--recipe', 'stories-nano', ...small, '--json').stdout);
    const made = JSON.parse(tinyllm('info', 'runs/stories-nano', '--batch-size', '4', '--json').stdout);
    for (const field of ['architecture', 'config', 'parameters', 'flopsPerToken', 'trainingMemory'])
      expect(told[field], field).toEqual(made[field]);
    expect(told.trainingMemory.least).toBe(16 * told.parameters.total);
    const rows = tinyllm('info', '--recipe', 'stories-nano', ...small).stdout.split('\n');
    const row = (lines: string[], name: string) =>
      lines
        .find((line) => line.trim().startsWith(name))
        ?.split(/ {2,}/)
        .at(-1);
    for (const name of ['parameters', 'cost of a token'])
      expect(row(trained.stdout.split('\n'), name)).toBe(row(rows, name));
    expect(row(trained.stdout.split('\n'), 'memory')).toBe(row(rows, 'wasm'));
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

  it('falls back to the built-in stories for the recipe tinyllm alone, loudly, where TinyStories cannot be had', () => {
    const fallen = tinyllm('train', '--recipe', 'tinyllm', ...small, '--max-iters', '2');
    expect(fallen.status).toBe(0);
    expect(fallen.stderr).toContain('IN ITS PLACE tinyllm TRAINS ON THE BUILT-IN STORIES');
    expect(fallen.stdout).toMatch(/tokens +50257 \(bpe\)/);
    const failed = tinyllm('train', '--recipe', 'shakespeare-char', ...small, '--max-iters', '2');
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/offline|TINYLLM_OFFLINE/i);
  });

  // a process of Windows that gets a signal from another just ends
  it.skipIf(process.platform === 'win32')('saves a checkpoint on Ctrl-C and says what it did', async () => {
    const child = spawn(
      process.execPath,
      [program, 'train', ...small, '--name', 'cut', '--max-iters', '1000000', '--json'],
      { cwd: folder, env },
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

  it.skipIf(process.platform === 'win32')(
    'leaves at once on a second Ctrl-C, while it still saves because of the first',
    async () => {
      const stalled = new URL('./testing/stalled-disk.js', import.meta.url).href; // Windows imports no C:\…
      const flags = ['--name', 'left', '--max-iters', '1000000', '--eval-interval', '1000000', '--json'];
      const args = ['--import', stalled, program, 'train', ...small, ...flags];
      const child = spawn(process.execPath, args, { cwd: folder, env });
      let [output, told] = ['', ''];
      child.stdout.on('data', (chunk) => {
        if (!output.includes('"step":10,')) output += chunk;
        else if (!child.killed) child.kill('SIGINT');
      });
      child.stderr.on('data', (chunk) => {
        if (told === '') child.kill('SIGINT');
        told += chunk;
      });
      const signal = await new Promise((resolve) => child.on('close', (_code, signal) => resolve(signal)));
      expect([signal, told]).toEqual(['SIGINT', 'saving\n']);
      expect(tinyllm('train', '--resume', 'runs/left', '--max-iters', '2').status).toBe(0);
    },
  );
});

describe('tinyllm prepare', () => {
  it('writes token files that train takes, and only looks the second time', () => {
    const args = ['prepare', 'stories', '--tokenizer', 'bpe', '--vocab-size', '300', '--threads', '2'];
    const prepared = tinyllm(...args);
    expect(prepared).toMatchObject({ status: 0, stderr: '' });
    expect(prepared.stdout).toMatch(/train +[\d,]+ tokens of 5,000 documents/);
    expect(prepared.stdout).toMatch(/validation +[\d,]+ tokens of 500 documents/);
    expect(prepared.stdout).toContain('npx tinyllm train --data data/stories');
    expect(tinyllm(...args).stdout).toMatch(/time +none: it was there already/);

    const meta = JSON.parse(readFileSync(join(folder, 'data', 'stories', 'meta.json'), 'utf8'));
    expect(meta).toMatchObject({ vocabSize: 300, dtype: 'uint16', tokenizer: { name: 'bpe' } });
    const trained = tinyllm(
      'train',
      '--data',
      'data/stories',
      '--name',
      'prepared',
      ...small,
      '--max-iters',
      '5',
    );
    expect(trained).toMatchObject({ status: 0, stderr: '' });
    expect(trained.stdout).toContain(`${meta.train.tokens.toLocaleString('en')} tokens to train`);
    expect(trained.stdout).toMatch(/tokens +300 \(bpe\)/);
  });

  it('prints JSON, and takes a tokenizer that was saved', () => {
    writeFileSync(join(folder, 'animals.jsonl'), '{"text":"a cat"}\n{"text":"a dog"}\n');
    const prepare = (...args: string[]) =>
      JSON.parse(
        tinyllm('prepare', 'animals.jsonl', '--json', ...args)
          .stdout.trim()
          .split('\n')
          .at(-1) ?? '',
      );
    const characters = prepare('--tokenizer', 'characters', '--validation-fraction', '0.5');
    expect(characters).toMatchObject({
      type: 'prepared',
      folder: join('data', 'animals'),
      reused: false,
      vocabSize: 8, // " acdgot" and end-of-text
      separator: 7,
      train: { documents: 1, tokens: 6 },
      validation: { documents: 1, tokens: 6 },
    });
    expect([...readFileSync(join(folder, 'data', 'animals', 'train.bin'))]).toEqual([
      1, 0, 0, 0, 2, 0, 1, 0, 6, 0, 7, 0,
    ]);
    const again = prepare('--tokenizer', 'data/animals/tokenizer.json', '--validation-fraction', '0.5');
    expect(again).toMatchObject({ reused: true, tokenizer: characters.tokenizer });
  });

  it.skipIf(missing)(
    `gives GPT-2's ids of Tiny Shakespeare in nanoGPT's numbers${missing ? ` (no ${shakespeare})` : ''}`,
    () => {
      tinyllm('prepare', shakespeare, '--out', 'data/shakespeare');
      const meta = JSON.parse(readFileSync(join(folder, 'data', 'shakespeare', 'meta.json'), 'utf8'));
      expect([meta.train.tokens, meta.validation.tokens]).toEqual([301_966, 36_059]);
    },
  );

  it('makes a token file of another tokenizer known', () => {
    writeFileSync(
      join(folder, 'data', 'animals', 'tokenizer.json'),
      '{"type":"characters","characters":"abc","specialTokens":[]}',
    );
    const { status, stderr } = tinyllm('train', '--data', 'data/animals');
    expect(stderr).toMatch(/is not the tokenizer that made the token files beside it/);
    expect(status).toBe(2);
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

  it.each([
    ['prepare'],
    ['train'],
    ['eval'],
    ['plot'],
    ['sample'],
    ['info'],
    ['import'],
    ['export'],
    ['doctor'],
  ])('%s --help has an example', (command) => {
    const { status, stdout } = tinyllm(command, '--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples?:\\n {2}tinyllm ${command}`));
  });

  it.each<[string[], number, RegExp]>([
    [['trian'], 2, /unknown command 'trian'[\s\S]+train/],
    [['train', '--n-heads', '3'], 2, /unknown option '--n-heads'[\s\S]+--n-head\b/],
    [['train', '--n-head', 'three'], 2, /It must be a number/],
    [['train', '--name', '../out'], 2, /It must be one name, without/],
    [['train', '--name', '.hidden'], 2, /no dot before it/],
    [['train', '--keep', '-1'], 2, /It must be a positive integer/],
    [['train', '--max-iters', '-1'], 2, /maxIters must be a positive integer, but is -1/],
    [['train', '--beta1', '1'], 2, /beta1 must be a number from 0 to below 1, but is 1/],
    [['train', '--grad-clip', '-1'], 2, /gradClip must be a number, 0 or more, but is -1/],
    [['sample', '--num-samples', '0'], 2, /It must be a positive integer/],
    [['sample', '--seed', '0.5'], 2, /seed/],
    [['import', 'hf:'], 2, /hf: needs the id of a model/],
    [['import', 'hf:gpt2'], 1, /TINYLLM_OFFLINE is set, so gpt2 is not fetched/],
    [['train', '--n-head', '5'], 2, /nEmbd \(128\) must be a multiple of nHead \(5\)/],
    [['train', '--min-learning-rate', '1'], 2, /minLearningRate \(1\) is above learningRate/],
    [['train', '--recipe', 'gpt5'], 2, /no recipe "gpt5".+stories-nano, bigram/],
    [['train', '--recipe', 'bigram'], 1, /put it here: .*cache.shakespeare.input\.txt \(1,115,394 bytes/],
    [['prepare', 'nowhere.txt'], 1, /Could not read nowhere.txt.+stories, shakespeare, tinystories/],
    [['prepare', 'tinystories'], 1, /put it here: .*TinyStoriesV2-GPT4-valid.txt/],
    [['prepare', 'stories', '--tokenizer', 'bert'], 2, /no tokenizer "bert".+gpt2, characters, bpe/],
    [['prepare', 'stories', '--threads', '0'], 2, /threads is 0/],
    [['prepare'], 2, /missing required argument 'corpus'/],
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
    [['info', '--n-layer', '3'], 2, /--n-layer does not apply to a checkpoint.+--recipe/],
    [['info', '--batch-size', '0'], 2, /batchSize must be a positive integer, but is 0/],
  ])('%j exits with %d and says why', (args, status, message) => {
    const result = tinyllm(...args);
    expect(result.stderr).toMatch(message);
    expect(result.status).toBe(status);
  });

  it.each([
    ['--n-head', '5'],
    ['--max-iters', '0'],
    ['--patience', '0'],
  ])('makes no run folder when the settings are bad: %s %s', (flag, value) => {
    const { status } = tinyllm('train', '--name', 'bad', flag, value);
    expect(status).toBe(2);
    expect(existsSync(join(folder, 'runs', 'bad'))).toBe(false);
  });
});
