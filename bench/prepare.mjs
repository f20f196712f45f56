/**
 * A large file through `tinyllm prepare` with GPT-2's tokenizer: megabytes a second and the peak of memory; then
 * killed three times on the way and resumed, with the same bytes at last. `--megabytes` is its size,
 * 2200 unless said; the text is that of TinyStories, or of the built-in stories, over and over.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const packages = ['@tinyllm/cli'];

const program = fileURLToPath(new URL('../apps/cli/bin/tinyllm.js', import.meta.url));
const stories = fileURLToPath(new URL('../../shared/data/tinystories/train.txt', import.meta.url));
/** Shares of the file after which it is killed. */
const kills = [0.2, 0.55, 0.8];

export async function bench({ runs, threads, megabytes }) {
  const folder = mkdtempSync(join(tmpdir(), 'tinyllm-bench-'));
  try {
    const file = join(folder, 'text.txt');
    const size = await generate(file, megabytes);
    const whole = [];
    for (let run = 0; run < runs; run++) {
      rmSync(join(folder, 'whole'), { recursive: true, force: true });
      whole.push(await prepare(file, join(folder, 'whole'), threads));
    }
    let resumed = { seconds: 0 };
    for (const share of [...kills, Number.POSITIVE_INFINITY]) {
      const { seconds, peak } = await prepare(file, join(folder, 'killed'), threads, share);
      resumed = { seconds: resumed.seconds + seconds, peak };
    }
    const row = (name, { seconds, peak }, same) => ({
      bench: name,
      MB: size / 1e6,
      threads,
      seconds,
      'MB/s': size / 1e6 / seconds,
      'peak RSS MB': peak / 1e6,
      'same bytes': same,
    });
    whole.sort((a, b) => a.seconds - b.seconds);
    const same = (await hashes(join(folder, 'whole'))) === (await hashes(join(folder, 'killed')));
    return [
      row('prepare', whole[Math.floor(runs / 2)], '-'),
      row('prepare, killed 3 times', resumed, String(same)),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function generate(path, megabytes) {
  const { builtInStories } = await import('../packages/data/dist/index.js');
  const text = existsSync(stories) ? readFileSync(stories) : Buffer.from(builtInStories().train);
  const file = await open(path, 'w');
  let size = 0;
  for (; size < megabytes * 1e6; size += text.length) await file.writeFile(text);
  await file.close();
  return size;
}

/** Runs the program, killing it once it has read `killAt` of the file. */
async function prepare(file, out, threads, killAt = Number.POSITIVE_INFINITY) {
  const tellPeak = `process.on('exit', () => console.log(JSON.stringify({ peak: process.resourceUsage().maxRSS * 1024 })))`;
  const args = [`--import=data:text/javascript,${encodeURIComponent(tellPeak)}`, program];
  const start = performance.now();
  const child = spawn(
    process.execPath,
    [...args, 'prepare', file, '--out', out, '--threads', String(threads), '--json'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let peak = 0;
  for await (const line of createInterface(child.stdout)) {
    const event = JSON.parse(line);
    peak = event.peak ?? peak;
    if (event.type === 'encode' && event.read > killAt * event.size) child.kill('SIGKILL');
  }
  return { seconds: (performance.now() - start) / 1000, peak };
}

async function hashes(folder) {
  const hash = createHash('sha256');
  for (const name of ['train.bin', 'val.bin']) {
    for await (const chunk of createReadStream(join(folder, name))) hash.update(chunk);
  }
  return hash.digest('hex');
}
