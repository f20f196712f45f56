/** What `pnpm bench train` and `pnpm bench sample` share: sizes, peers, and rows of tokens a second. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startPeer } from './process.mjs';

/** The sizes of ../shared/baselines: nanoGPT's CPU recipe, TinyStories with 10,000 tokens, with GPT-2's, and wider. */
const sizes = {
  S1: { nLayer: 4, nHead: 4, nEmbd: 128, blockSize: 64, batchSize: 12, vocabSize: 65 },
  S2: { nLayer: 8, nHead: 16, nEmbd: 256, blockSize: 128, batchSize: 32, vocabSize: 10_000 },
  S3: { nLayer: 6, nHead: 6, nEmbd: 384, blockSize: 128, batchSize: 8, vocabSize: 50_257 },
  S4: { nLayer: 6, nHead: 6, nEmbd: 384, blockSize: 256, batchSize: 16, vocabSize: 65 },
};

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const openblas = '/usr/lib/x86_64-linux-gnu/openblas-openmp';

/**
 * Debian's PyTorch on its OpenMP OpenBLAS with AVX2 kernels, the fastest of its kind that every x86 machine has, as a
 * peer that runs `script` of this folder.
 */
export function torch(script, args, threads) {
  const tuned = existsSync(openblas);
  const env = {
    LD_LIBRARY_PATH: openblas,
    OPENBLAS_CORETYPE: 'Haswell',
    OMP_NUM_THREADS: String(threads),
  };
  const name = tuned ? 'PyTorch, OpenBLAS-openmp AVX2' : 'PyTorch as installed';
  return { name, start: () => startPeer('/usr/bin/python3', [here(script), ...args], tuned ? env : {}) };
}

const node = (size, name) => ({
  name,
  start: () =>
    startPeer(process.execPath, [
      ...process.execArgv,
      here('gpt.mjs'),
      JSON.stringify({ ...size, backend: name }),
    ]),
});

/**
 * Rows of a `task`, which `counts` says how long to do for each size: ours beside every peer, which take turns `runs`
 * times; the medians. Stock tfjs runs a smaller batch where a size has one, for it would run out of memory.
 */
export async function benchGPT(task, counts, { runs, threads, stock }) {
  const rows = [];
  for (const [name, shape] of Object.entries(sizes)) {
    const size = { ...shape, threads };
    const peers = [
      { ...node(size, 'tinyllm'), size },
      { ...torch('gpt.py', [JSON.stringify(size)], threads), size },
    ];
    if (stock)
      peers.push({
        ...node({ ...size, batchSize: stock[name] }, 'tfjs-wasm'),
        size: { ...size, batchSize: stock[name] },
        few: true,
      });
    const results = [];
    for (const peer of peers) results.push({ ...peer, ...(await peer.start()), speeds: [], megabytes: 0 });
    const tokens = ({ size: { batchSize, blockSize } }, count) =>
      task === 'train' ? batchSize * blockSize * count : count;
    for (let run = 0; run <= runs; run++) {
      for (const peer of results.filter(({ absent, few }) => !absent && !(few && run > 1))) {
        const count = peer.few ? 1 : counts[name];
        const { seconds, megabytes } = await peer.ask(`${task} ${count}`);
        if (run > 0) peer.speeds.push(tokens(peer, count) / seconds); // the first warms up
        peer.megabytes = megabytes ?? 0;
      }
    }
    for (const { stop } of results) stop?.();
    const median = ({ speeds }) => speeds.toSorted((a, b) => a - b)[speeds.length >> 1];
    const [ours, ...others] = results;
    for (const other of others) {
      rows.push({
        bench: task,
        size: name,
        backend: ours.version ?? ours.absent,
        tokensPerSecond: median(ours),
        peakMB: ours.megabytes,
        peer: other.absent ? `${other.name}: absent (${other.absent})` : `${other.name} (${other.version})`,
        peerTokensPerSecond: median(other),
        ratioToPeer: other.absent ? undefined : median(ours) / median(other),
      });
    }
  }
  return rows;
}
