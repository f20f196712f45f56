/** Nothing is lost, whatever happens to the process or its disk. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom } from '@tinyllm/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../bin/tinyllm.js', import.meta.url));
const assassin = new URL('./testing/assassin.js', import.meta.url).href; // Windows imports no C:\…
const folder = mkdtempSync(join(tmpdir(), 'tinyllm-fault-'));

/** A run of 60 steps with dropout, accumulation and a checkpoint every second one. */
const command = [
  ...'train --recipe shakespeare-char-cpu --name run --resume auto --data input.txt --max-iters 60 --json'.split(
    ' ',
  ),
  ...'--n-layer 1 --n-head 2 --n-embd 8 --block-size 8 --dropout 0.1 --warmup-iters 5 --backend wasm'.split(
    ' ',
  ),
  ...'--batch-size 2 --gradient-accumulation-steps 2 --eval-interval 6 --eval-iters 1 --log-interval 1'.split(
    ' ',
  ),
  ...'--keep 2 --checkpoint-interval 2'.split(' '),
];

/** Runs the command in `cwd`, which is killed at its `killAt`th operation on files, if that comes. */
function tinyllm(cwd: string, args: readonly string[] = command, killAt = Number.POSITIVE_INFINITY) {
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', assassin, program, ...args],
    {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, KILL_AT: String(killAt), TINYLLM_OFFLINE: '1' },
    },
  );
  return { status, signal, stdout, stderr };
}

function workplace(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, 'input.txt'), 'to be, or not to be, that is the question.\n'.repeat(40));
  return path;
}

/** What a run ends with: the bytes of its last checkpoint's tensors, and its metrics without times. */
function outcome(cwd: string) {
  const run = join(cwd, 'runs', 'run');
  const last = join(run, 'checkpoints', readFileSync(join(run, 'latest'), 'utf8').trim());
  const metrics = readFileSync(join(run, 'metrics.jsonl'), 'utf8').trim().split('\n');
  return {
    last: readdirSync(join(run, 'checkpoints')).sort(),
    model: sha256(join(last, 'model.safetensors')),
    optimizer: sha256(join(last, 'optimizer.safetensors')),
    hasItsCard: readFileSync(join(run, 'README.md')).equals(readFileSync(join(last, 'README.md'))),
    metrics: metrics.map((line) => ({ ...JSON.parse(line), seconds: undefined })),
  };
}

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

afterAll(() => rmSync(folder, { recursive: true }));

describe('a run', () => {
  let undisturbed: ReturnType<typeof outcome>;
  let operations: number;

  beforeAll(() => {
    const cwd = workplace('undisturbed');
    const { status, stderr } = tinyllm(cwd);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    undisturbed = outcome(cwd);
    operations = Number(/(\d+) operations on files/.exec(stderr)?.[1]);
    expect(undisturbed.metrics).toHaveLength(60 + 11);
    expect(undisturbed.hasItsCard).toBe(true);
  });

  it('does the same twice: but for times, its metrics are identical', () => {
    const cwd = workplace('again');
    tinyllm(cwd);
    expect(outcome(cwd)).toEqual(undisturbed);
  });

  // Windows does not tell that a process was killed
  it.skipIf(process.platform === 'win32')(
    'killed at 25 random moments, in writes and renames too, and resumed ends as if undisturbed',
    () => {
      const random = createRandom(6);
      for (let kills = 0, round = 0; kills < 25; round++) {
        const cwd = workplace(`killed-${round}`);
        const killedBetween = (): boolean => {
          const killAt = kills < 25 ? 1 + random.integer(operations / 12) : undefined;
          const { status, signal, stderr } = tinyllm(cwd, command, killAt);
          if (signal === 'SIGKILL') kills++;
          else expect(status, stderr).toBe(0);
          return signal === 'SIGKILL';
        };
        while (killedBetween());
        expect(outcome(cwd)).toEqual(undisturbed);
      }
    },
  );
});

/** Trains for 20 steps more with checkpoints that do not fit, in `cwd`, whose run has a checkpoint of 10 steps. */
function trainInto(cwd: string): ReturnType<typeof tinyllm> {
  return tinyllm(
    cwd,
    command.map((word) => (word === '60' ? '30' : word)),
  );
}

/** What a failed run leaves: its error, and that the checkpoint before it loads. */
function expectWhole({ status, stderr }: ReturnType<typeof tinyllm>, cwd: string, reason: RegExp): void {
  expect(status, stderr).toBe(1);
  expect(stderr).toMatch(/^error: Could not write to runs.run: /m);
  expect(stderr).toMatch(reason);
  expect(stderr).toContain('go on with: tinyllm train --resume runs/run');
  const info = JSON.parse(tinyllm(cwd, ['info', 'runs/run', '--json']).stdout);
  expect(info.trainer.step).toBeGreaterThanOrEqual(10);
  expect(readdirSync(join(cwd, 'runs/run/checkpoints')).filter((name) => name.startsWith('.'))).toEqual([]);
}

const mount = canMount();

describe('a disk that cannot be written to', () => {
  it.skipIf(!mount)(
    `that is full is told of, and the last checkpoint loads${mount ? '' : ' (no mount here)'}`,
    () => {
      const cwd = workplace('full');
      mkdirSync(join(cwd, 'runs'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', join(cwd, 'runs')]);
      try {
        expect(tinyllm(cwd, [...command, '--max-tokens', '320']).status).toBe(0); // 10 steps
        const room = 16 * 1024; // a page for each of four files, and a checkpoint has more
        const { bavail, bsize } = statfsSync(join(cwd, 'runs'));
        writeFileSync(join(cwd, 'runs', 'ballast'), Buffer.alloc(Number(bavail) * Number(bsize) - room));
        expectWhole(trainInto(cwd), cwd, /ENOSPC: no space left on device/);
        rmSync(join(cwd, 'runs', 'ballast'));
        expect(trainInto(cwd).status).toBe(0);
      } finally {
        execFileSync('umount', [join(cwd, 'runs')]);
      }
    },
  );

  it.skipIf(!mount)(
    `that is read-only is told of, and the last checkpoint loads${mount ? '' : ' (no mount here)'}`,
    () => {
      const cwd = workplace('read-only');
      expect(tinyllm(cwd, [...command, '--max-tokens', '320']).status).toBe(0);
      const runs = join(cwd, 'runs');
      execFileSync('mount', ['--bind', runs, runs]);
      try {
        execFileSync('mount', ['-o', 'remount,ro,bind', runs]);
        expectWhole(trainInto(cwd), cwd, /EROFS: read-only file system/);
      } finally {
        execFileSync('umount', [runs]);
      }
    },
  );
});

/** Whether this process may mount a small disk of its own. */
function canMount(): boolean {
  const path = mkdtempSync(join(tmpdir(), 'tinyllm-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path], { stdio: 'ignore' });
    execFileSync('umount', [path]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

describe('a checkpoint that is not as it was written', () => {
  const damages: [string, (checkpoint: string) => void, RegExp][] = [
    ['of changed values', (path) => flip(join(path, 'model.safetensors')), /its sha256 differs/],
    [
      'cut short',
      (path) => truncateSync(join(path, 'optimizer.safetensors'), 100),
      /has 100 bytes, and should/,
    ],
    ['without a manifest', (path) => rmSync(join(path, 'MANIFEST.json')), /has no MANIFEST.json/],
  ];

  it.each(damages)('%s is never loaded: a run goes on from the one before', (name, damage, reason) => {
    const cwd = workplace(name);
    expect(tinyllm(cwd, [...command, '--max-tokens', '320']).status).toBe(0);
    const [before, newest] = readdirSync(join(cwd, 'runs/run/checkpoints')).sort().slice(-2);
    damage(join(cwd, 'runs/run/checkpoints', newest as string));
    expect(tinyllm(cwd, ['train', '--resume', `runs/run/checkpoints/${newest}`]).stderr).toMatch(reason);
    const resumed = tinyllm(cwd, ['train', '--resume', 'auto', '--max-iters', '12', '--backend', 'cpu']);
    expect(resumed.stderr).toMatch(reason);
    expect(resumed.stdout).toMatch(new RegExp(`resumes +step ${Number(before?.slice(5))}, from`));
    expect(resumed.status).toBe(0);
  });
});

/** Changes one bit in the middle of a file. */
function flip(path: string): void {
  const data = readFileSync(path);
  data[data.length >> 1] = (data[data.length >> 1] as number) ^ 1;
  writeFileSync(path, data);
}

describe('--resume', () => {
  it('refuses another config with the difference, and forks from a checkpoint that is not the newest', () => {
    const cwd = workplace('resume');
    expect(tinyllm(cwd, [...command, '--max-tokens', '320']).status).toBe(0);
    const other = tinyllm(cwd, [...command, '--learning-rate', '0.5']);
    expect(other.status).toBe(2);
    expect(other.stderr).toMatch(/training.learningRate was 0.001 and is 0.5/);
    writeFileSync(join(cwd, 'input.txt'), 'to be, or not to be, that is the question!\n'.repeat(40));
    expect(tinyllm(cwd).stderr).toMatch(/data was \w+ and is \w+/);
    writeFileSync(join(cwd, 'input.txt'), 'to be, or not to be, that is the question.\n'.repeat(40));
    const [older] = readdirSync(join(cwd, 'runs/run/checkpoints')).sort();
    const fork = [
      'train',
      '--resume',
      `runs/run/checkpoints/${older}`,
      '--max-iters',
      '12',
      '--backend',
      'cpu',
    ];
    expect(tinyllm(cwd, [...fork, '--name', 'run']).stdout).toMatch(/run +runs.run-2\n/);
    expect(readFileSync(join(cwd, 'runs/run/latest'), 'utf8')).toBe('step-00000010\n');
    expect(readFileSync(join(cwd, 'runs/run-2/latest'), 'utf8')).toBe('step-00000012\n');
  });
});
