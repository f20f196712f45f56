/**
 * Decoding through `generate()` and the command line, tokens a second, beside llama2.c on the same model. llama2.c is
 * built by who wants it (`gcc -O3 -march=native -fopenmp run.c -o run -lm`) and named with `--llama2c /path/to/run`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPeer } from './peers/process.mjs';

export const packages = ['@tinyllm/cli'];

/** Llamas: that of stories15M, and those of the GPTs S3 and S4 of ../shared/baselines. */
const sizes = {
  stories15M: { nLayer: 6, nHead: 6, nEmbd: 288, nInner: 768, blockSize: 256, vocabSize: 32_000 },
  S3: { nLayer: 6, nHead: 6, nEmbd: 384, nInner: 1024, blockSize: 128, vocabSize: 50_257 },
  S4: { nLayer: 6, nHead: 6, nEmbd: 384, nInner: 1024, blockSize: 256, vocabSize: 65 },
};

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const cli = here('../apps/cli/bin/tinyllm.js');
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

export async function bench({ runs, threads, llama2c, backend }) {
  const folder = mkdtempSync(join(tmpdir(), 'tinyllm-bench-'));
  const rows = [];
  try {
    for (const [name, shape] of Object.entries(sizes)) {
      const size = JSON.stringify({ ...shape, threads, backend });
      const files = writeModel(folder, name, shape, size);
      const checkpoint = importModel(folder, name, shape, files);
      const ours = await startPeer(process.execPath, [...process.execArgv, here('peers/generate.mjs'), size]);
      if (ours.absent) throw new Error(ours.absent);
      const speeds = { generate: [], cli: [], llama2c: [], sampling: [], outside: [] };
      const tokens = shape.blockSize - 1;
      for (let run = 0; run <= runs; run++) {
        const { seconds, modelSeconds, samplingSeconds } = await ours.ask(tokens);
        const peer = llama2c ? runLlama2c(llama2c, files, tokens, threads) : Number.NaN;
        const throughCli = runCli(checkpoint, tokens, backend);
        if (run === 0) continue; // the first warms up
        speeds.generate.push(tokens / seconds);
        speeds.sampling.push((100 * samplingSeconds) / seconds);
        speeds.outside.push((100 * (seconds - modelSeconds)) / seconds);
        speeds.cli.push(throughCli);
        speeds.llama2c.push(peer);
      }
      ours.stop();
      rows.push({
        bench: 'sample',
        size: name,
        backend: ours.version,
        tokensPerSecond: median(speeds.generate),
        cliTokensPerSecond: median(speeds.cli),
        samplingPercent: median(speeds.sampling),
        outsideModelPercent: median(speeds.outside),
        peer: llama2c ? `llama2.c, ${threads} threads` : 'llama2.c: absent (--llama2c names it)',
        peerTokensPerSecond: llama2c ? median(speeds.llama2c) : undefined,
        ratioToPeer: llama2c ? median(speeds.generate) / median(speeds.llama2c) : undefined,
      });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return rows;
}

/** A model of random parameters and a tokenizer of as many pieces, as files of llama2.c. */
function writeModel(folder, name, { vocabSize }, size) {
  const files = { model: join(folder, `${name}.bin`), tokenizer: join(folder, `${name}-tokenizer.bin`) };
  run(process.execPath, [here('peers/generate.mjs'), size, '--write', files.model]);
  const pieces = Array.from({ length: vocabSize }, (_, id) => {
    if (id < 3) return ['<unk>', '\n<s>\n', '\n</s>\n'][id];
    if (id === 259) return ' ';
    return id < 259 ? `<0x${(id - 3).toString(16).toUpperCase().padStart(2, '0')}>` : ` w${id}`;
  });
  const parts = pieces.map((piece) => {
    const head = Buffer.alloc(8);
    head.writeInt32LE(piece.length, 4); // behind a score of 0
    return Buffer.concat([head, Buffer.from(piece)]);
  });
  const longest = Buffer.alloc(4);
  longest.writeInt32LE(Math.max(...pieces.map(({ length }) => length)));
  writeFileSync(files.tokenizer, Buffer.concat([longest, ...parts]));
  return files;
}

/** The same model where the command line can sample it. */
function importModel(folder, name, { vocabSize }, { model, tokenizer }) {
  const characters = join(folder, `${name}-characters.json`); // llama2.c's tokenizers have all bytes, more than 65
  const alphabet = String.fromCharCode(10, ...Array.from({ length: vocabSize - 1 }, (_, i) => 0x100 + i));
  writeFileSync(characters, JSON.stringify({ type: 'characters', characters: alphabet, specialTokens: [] }));
  const out = join(folder, name);
  run(process.execPath, [
    cli,
    'import',
    model,
    '--tokenizer',
    vocabSize < 259 ? characters : tokenizer,
    '--out',
    out,
  ]);
  return out;
}

/** Tokens a second as llama2.c says them, greedy. */
function runLlama2c(path, { model, tokenizer }, tokens, threads) {
  const env = { ...process.env, OMP_NUM_THREADS: String(threads) };
  const { stderr } = run(
    path,
    [model, '-z', tokenizer, '-t', '0.8', '-p', '0', '-s', '1', '-n', String(tokens)],
    env,
  );
  return Number(/achieved tok\/s: ([\d.]+)/.exec(stderr)[1]);
}

/** Tokens a second through the command line: what it says of its own text, without starting and reading the model. */
function runCli(checkpoint, tokens, backend) {
  const flags = ['--json', '--top-k', '40', '--max-new-tokens', String(tokens), '--banned-tokens', '1', '2'];
  const model = ['--checkpoint', checkpoint, '--backend', backend];
  const { stdout } = run(process.execPath, [cli, 'sample', ...model, ...flags]);
  const { tokens: all, seconds } = JSON.parse(stdout);
  return all.length / seconds;
}

function run(command, args, env = process.env) {
  const ended = spawnSync(command, args, { encoding: 'utf8', env, maxBuffer: 1 << 28 });
  if (ended.status === 0) return ended;
  throw new Error(`${command} ${args.join(' ')}: ${ended.error?.message ?? ended.stderr}`);
}
