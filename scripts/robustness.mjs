/**
 * Trains under random faults and sees that nothing is lost: `pnpm robustness [--minutes 5] [--seed 1]`.
 *
 * One run is left alone. Then, until the time is over, the same run is begun anew, and each of its processes meets a
 * fault: SIGKILL, SIGSTOP for a while, a full disk (a small tmpfs, where this may mount one), a worker thread that is
 * ended, a second process on the same run; the clock of all of them jumps. Each time it is resumed from its checkpoint, which may be no older than the last
 * one seen, and at its end its parameters, moments and metrics must be, bit for bit, those of the run that was left alone.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRandom } from './robustness/random.mjs';
import { build } from './setup.mjs';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, seed: { type: 'string', default: '1' } },
});
const random = createRandom(Number(values.seed));
const between = (least, most) => least + random() * (most - least);

const program = fileURLToPath(new URL('../apps/cli/bin/tinyllm.js', import.meta.url));
const faults = fileURLToPath(new URL('./robustness/faults.mjs', import.meta.url));
/** A process that says nothing for so long hangs. */
const PATIENCE = 120_000;
const STEPS = 1500;
const CHECKPOINT_INTERVAL = 10;

const command =
  `train --recipe shakespeare-char-cpu --name run --resume auto --data input.txt --max-iters ${STEPS} --json
  --n-layer 2 --n-head 2 --n-embd 32 --block-size 32 --dropout 0.1 --backend wasm --batch-size 4 --eval-interval 100
  --eval-iters 1 --log-interval 5 --keep 2 --checkpoint-interval ${CHECKPOINT_INTERVAL}`.split(/\s+/);

/** Starts the run in `cwd`; `ended` gives its exit code or signal, and what it said on standard error. */
function train(cwd, worker) {
  const env = { ...process.env, TINYLLM_OFFLINE: '1', FAULT_SEED: String(Math.floor(random() * 2 ** 32)) };
  if (worker !== undefined) env.FAULT_WORKER = String(worker);
  const child = spawn(process.execPath, ['--import', faults, program, ...command], { cwd, env });
  let stderr = '';
  let heard = performance.now();
  child.stdout.on('data', () => (heard = performance.now()));
  child.stderr.on('data', (text) => (stderr += text));
  const watch = setInterval(() => {
    if (performance.now() - heard < PATIENCE) return;
    stderr += `It said nothing for ${PATIENCE / 1000} s.`;
    child.kill('SIGKILL');
  }, 1000);
  const ended = new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stderr }));
  }).finally(() => clearInterval(watch));
  return { child, ended };
}

/** Each lets a process meet its fault and gives how it ended, or says why that is not how it should end. */
const kinds = {
  async SIGKILL(cwd) {
    const { child, ended } = train(cwd);
    await Promise.race([ended, wait(between(200, 6000))]);
    child.kill('SIGKILL');
    return expectEnd(await ended, ({ signal }) => signal === 'SIGKILL');
  },
  async SIGSTOP(cwd) {
    const { child, ended } = train(cwd);
    for (let i = 0; i < 3; i++) {
      await Promise.race([ended, wait(between(200, 2000))]);
      child.kill('SIGSTOP');
      await wait(between(50, 1500));
      child.kill('SIGCONT');
    }
    child.kill('SIGKILL');
    return expectEnd(await ended, ({ signal }) => signal === 'SIGKILL');
  },
  async 'full disk'(cwd) {
    const { child, ended } = train(cwd);
    await Promise.race([ended, wait(between(1000, 4000))]);
    const ballast = join(cwd, 'runs', 'ballast');
    fill(ballast);
    const refill = setInterval(() => fill(ballast), 20); // what a checkpoint's removal frees
    await Promise.race([ended, wait(20_000)]);
    clearInterval(refill);
    rmSync(ballast, { force: true });
    child.kill('SIGKILL'); // if it did not write anything since
    return expectEnd(
      await ended,
      ({ code, signal, stderr }) => signal === 'SIGKILL' || (code === 1 && /ENOSPC/.test(stderr)),
    );
  },
  async 'worker ended'(cwd) {
    const { ended } = train(cwd, between(500, 5000));
    return expectEnd(await ended, ({ code, stderr }) => code === 1 && /wasm backend/.test(stderr));
  },
  async 'second process'(cwd) {
    const first = train(cwd);
    let over = false;
    first.ended.then(() => (over = true));
    while (!over && newest(cwd) === 0) await wait(50); // before, there may be no run yet to be resumed
    const second = train(cwd);
    const refused = await Promise.race([first.ended, second.ended]);
    for (const { child } of [first, second]) child.kill('SIGKILL');
    await Promise.all([first.ended, second.ended]);
    return expectEnd(refused, ({ code, stderr }) => code === 1 && /Another process is writing/.test(stderr));
  },
};

/** How a process ended: by itself when it had trained all steps, or as `isRight` says. */
function expectEnd(end, isRight) {
  if (end.code === 0 || isRight(end)) return end;
  throw new Error(`A process ended with ${end.code ?? end.signal}: ${end.stderr}`);
}

/** Takes all the room that is left on the disk of `path`, but for a few pages. */
function fill(path) {
  const { bavail, bsize } = statfsSync(join(path, '..'));
  const size = existsSync(path) ? readFileSync(path).length : 0;
  try {
    writeFileSync(path, Buffer.alloc(size + Math.max(0, bavail * bsize - 8192)));
  } catch {
    // the run was faster
  }
}

/** Whether this process may mount a small disk at `path`. */
function mounted(path) {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The step of the newest checkpoint of the run in `cwd`. */
function newest(cwd) {
  const folder = join(cwd, 'runs', 'run', 'checkpoints');
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('step-')) : [];
  return Math.max(0, ...names.map((name) => Number(name.slice(5))));
}

/** What the run in `cwd` ended with, without times. */
function outcome(cwd) {
  const run = join(cwd, 'runs', 'run');
  const last = join(run, 'checkpoints', readFileSync(join(run, 'latest'), 'utf8').trim());
  const sha256 = (name) =>
    createHash('sha256')
      .update(readFileSync(join(last, name)))
      .digest('hex');
  const metrics = readFileSync(join(run, 'metrics.jsonl'), 'utf8').replaceAll(/,"seconds":[^,}]+/g, '');
  return JSON.stringify([
    last.slice(run.length),
    sha256('model.safetensors'),
    sha256('optimizer.safetensors'),
    metrics,
  ]);
}

/** Goes from fault to fault until the run in `cwd` is at its end. */
async function endure(cwd, counts) {
  const names = Object.keys(counts);
  for (let seen = 0; ; ) {
    const name = names[Math.floor(random() * names.length)];
    const { code } = await kinds[name](cwd);
    if (code === 0) return;
    counts[name]++;
    const step = newest(cwd);
    if (step < seen)
      throw new Error(`After a fault (${name}) the newest checkpoint is ${step}, and was ${seen}.`);
    seen = step;
  }
}

build(['@tinyllm/cli'], ['ignore', 2, 2]);
const folder = mkdtempSync(join(tmpdir(), 'tinyllm-robustness-'));
const text =
  'To be, or not to be, that is the question:\nWhether it is nobler in the mind to suffer.\n'.repeat(200);
const place = (name) => {
  const cwd = join(folder, name);
  mkdirSync(join(cwd, 'runs'), { recursive: true });
  writeFileSync(join(cwd, 'input.txt'), text);
  return cwd;
};
const alone = place('alone');
expectEnd(await train(alone).ended, () => false);
const expected = outcome(alone);
const disturbed = place('disturbed');
const hasDisk = mounted(join(disturbed, 'runs'));
const names = Object.keys(kinds).filter((name) => hasDisk || name !== 'full disk');
const counts = Object.fromEntries(names.map((name) => [name, 0]));
const end = performance.now() + Number(values.minutes) * 60_000;
let runs = 0;
try {
  while (performance.now() < end) {
    await endure(disturbed, counts);
    if (outcome(disturbed) !== expected)
      throw new Error('A run that met faults ended otherwise than the one left alone.');
    runs++;
    rmSync(join(disturbed, 'runs', 'run'), { recursive: true });
    console.log(`${runs} runs of ${STEPS} steps ended as if undisturbed, after ${JSON.stringify(counts)}`);
  }
} finally {
  if (hasDisk) execFileSync('umount', [join(disturbed, 'runs')]);
}
rmSync(folder, { recursive: true }); // kept where something went wrong
if (!hasDisk) console.log('No disk was filled: this process may not mount one.');
