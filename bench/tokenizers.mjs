/** Encoding with GPT-2's vocabulary and training 10,000 entries on TinyStories, beside peers in the same run. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const packages = ['@tinyllm/tokenizers'];

const END_OF_TEXT = '<|endoftext|>';
const tokenizersFolder = new URL('../packages/tokenizers/', import.meta.url);
const stories = fileURLToPath(new URL('../../shared/data/tinystories/', import.meta.url));

export async function bench({ runs, python }) {
  if (!existsSync(stories))
    throw new Error(`The benchmark reads TinyStories from ${stories}, which is missing.`);
  const folder = mkdtempSync(join(tmpdir(), 'tinyllm-bench-'));
  const peers = await startPeers(python);
  try {
    return [...(await encoding(folder, peers, runs)), ...(await training(peers, runs))];
  } finally {
    peers.stop();
    rmSync(folder, { recursive: true });
  }
}

async function encoding(folder, peers, runs) {
  const { gpt2 } = await import(new URL('dist/gpt2.js', tokenizersFolder));
  const { toHuggingFace } = await import(new URL('dist/index.js', tokenizersFolder));
  const { gptTokenizer, version } = await loadGptTokenizer();
  const tokenizer = gpt2();
  const saved = join(folder, 'tokenizer.json');
  writeFileSync(saved, JSON.stringify(toHuggingFace(tokenizer)));
  const pattern = String.raw`'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s`; // tiktoken 0.14's

  const documents = readFileSync(join(stories, 'valid.txt'), 'utf8').split(END_OF_TEXT);
  const sizes = [
    {
      label: 'as one text',
      texts: [documents.join('')],
      file: join(folder, 'one.txt'),
      separator: undefined,
    },
    {
      label: `as ${documents.length} stories`,
      texts: documents,
      file: join(stories, 'valid.txt'),
      separator: END_OF_TEXT,
    },
  ];
  writeFileSync(sizes[0].file, documents.join(''));

  const rows = [];
  for (const { label, texts, file, separator } of sizes) {
    const megabytes = Buffer.byteLength(texts.join('')) / 1e6;
    const ask = (peer, rest) => () =>
      peers.ask({ do: 'encode-file', peer, tokenizer: saved, file, separator, ...rest });
    const count = (encode) => () => timed(() => texts.reduce((sum, text) => sum + encode(text).length, 0));
    const results = await race(runs, {
      ours: count((text) => tokenizer.encode(text)),
      [`gpt-tokenizer ${version}`]: count((text) => gptTokenizer.encode(text)),
      [`tiktoken ${peers.versions.tiktoken}`]: peers.versions.tiktoken && ask('tiktoken', { pattern }),
      [`tokenizers ${peers.versions.tokenizers}`]: peers.versions.tokenizers && ask('tokenizers'),
    });
    rows.push(
      ...toRows('encode, GPT-2, 1 thread', `${megabytes.toFixed(1)} MB ${label}`, megabytes, results, peers),
    );
  }
  return rows;
}

async function training(peers, runs) {
  const { trainBpe } = await import(new URL('dist/node.js', tokenizersFolder));
  const { trainBpe: trainHere } = await import(new URL('dist/index.js', tokenizersFolder));
  const file = join(stories, 'train.txt');
  const text = readFileSync(file, 'utf8');
  const texts = text.split(END_OF_TEXT);
  const megabytes = Buffer.byteLength(text) / 1e6;
  const options = { vocabSize: 10_000, specialTokens: [END_OF_TEXT] };
  const rows = [];
  for (const threads of [2, 1]) {
    const train =
      threads === 1 ? () => trainHere(texts, options) : () => trainBpe(texts, { ...options, threads });
    const results = await race(runs, {
      ours: () => timed(async () => (await train()).vocabSize),
      [`tokenizers ${peers.versions.tokenizers} (2 threads)`]:
        peers.versions.tokenizers && (() => peers.ask({ do: 'train', file, vocabSize: options.vocabSize })),
    });
    const name = threads === 1 ? 'train 10,000, 1 thread' : `train 10,000, up to ${threads} threads`;
    rows.push(...toRows(name, `${megabytes.toFixed(1)} MB`, megabytes, results, peers));
  }
  return rows;
}

/** Medians of seconds by contestant; each run lets everyone have a turn, and the first, to warm up, is not counted. */
async function race(runs, contestants) {
  const seconds = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  const counts = new Set();
  for (let run = 0; run <= runs; run++) {
    for (const [name, turn] of Object.entries(contestants)) {
      if (!turn) continue;
      const result = await turn();
      if (result.count !== undefined) counts.add(result.count);
      if (run > 0) seconds[name].push(result.seconds);
    }
  }
  if (counts.size > 1)
    throw new Error(`The contestants gave different numbers of tokens: ${[...counts].join(', ')}.`);
  return Object.fromEntries(Object.entries(seconds).map(([name, each]) => [name, median(each)]));
}

function toRows(bench, size, megabytes, { ours, ...others }, peers) {
  return Object.entries(others).map(([peer, seconds]) =>
    seconds === undefined
      ? { bench, size, peer: peer.split(' ')[0], unit: 'MB/s', ours: megabytes / ours, theirs: peers.absent }
      : {
          bench,
          size,
          peer,
          unit: 'MB/s',
          ours: megabytes / ours,
          theirs: megabytes / seconds,
          ratio: seconds / ours,
        },
  );
}

async function timed(work) {
  const start = performance.now();
  const count = await work();
  return { seconds: (performance.now() - start) / 1000, count };
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

async function loadGptTokenizer() {
  const load = createRequire(new URL('package.json', tokenizersFolder));
  const { version } = load('gpt-tokenizer/package.json');
  return { gptTokenizer: load('gpt-tokenizer/encoding/r50k_base'), version };
}

/** The Python peers, in one process that answers a request at a time; see packages/tokenizers/peers/peers.py. */
async function startPeers(python) {
  const absent = 'absent: pass --python a Python with tiktoken and tokenizers';
  if (!python) return { versions: {}, absent, ask: undefined, stop() {} };
  const script = fileURLToPath(new URL('peers/peers.py', tokenizersFolder));
  const env = { ...process.env, RAYON_NUM_THREADS: '2' };
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'], env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (request) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`${python} ended without an answer to ${request.do}.`);
    return JSON.parse(value);
  };
  return { versions: await ask({ do: 'versions' }), absent, ask, stop: () => child.stdin.end() };
}
