/**
 * Training through `train()`, clipping on: tokens a second beside PyTorch and, on wasm, stock TensorFlow.js, taking turns;
 * medians, of stock TensorFlow.js one run. It runs a smaller batch where a size has one in `stock`, for it would run out of memory.
 */
import { fileURLToPath } from 'node:url';
import { startPeer } from './peers/process.mjs';
import { torch } from './peers/torch.mjs';

export const packages = ['@tinyllm/train', '@tinyllm/sample'];

/** Steps in a turn. */
const counts = { S1: 60, S2: 2, S3: 4, S4: 3 };
/** Batch sizes that stock TensorFlow.js has memory for. */
const stock = { S1: 12, S2: 1, S3: 1, S4: 1 };

/** The sizes of ../shared/baselines: nanoGPT's CPU recipe, TinyStories with 10,000 tokens, with GPT-2's, and wider. */
const sizes = {
  S1: { nLayer: 4, nHead: 4, nEmbd: 128, blockSize: 64, batchSize: 12, vocabSize: 65 },
  S2: { nLayer: 8, nHead: 16, nEmbd: 256, blockSize: 128, batchSize: 32, vocabSize: 10_000 },
  S3: { nLayer: 6, nHead: 6, nEmbd: 384, blockSize: 128, batchSize: 8, vocabSize: 50_257 },
  S4: { nLayer: 6, nHead: 6, nEmbd: 384, blockSize: 256, batchSize: 16, vocabSize: 65 },
};

/** Node 24 and later can use 256-bit arithmetic, by an option of ours: its best is what stands beside PyTorch's. */
const hasRevectorizer = Number(process.versions.node.split('.', 1)[0]) >= 24;

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const node = (size) => ({
  name: size.backend,
  start: () =>
    startPeer(process.execPath, [...process.execArgv, here('peers/gpt.mjs'), JSON.stringify(size)]),
});

export async function bench({ runs, threads, backend }) {
  const rows = [];
  for (const [name, shape] of Object.entries(sizes)) {
    const size = { ...shape, threads };
    const peers = [
      { ...node({ ...size, backend, revectorize: backend === 'wasm' && hasRevectorizer }), size },
      { ...torch('gpt.py', [JSON.stringify(size)], threads), size },
    ];
    const small = { ...size, batchSize: stock[name] };
    if (backend === 'wasm')
      peers.push({ ...node({ ...small, backend: 'tfjs-wasm' }), size: small, few: true });
    const results = [];
    for (const peer of peers) results.push({ ...peer, ...(await peer.start()), speeds: [], megabytes: 0 });
    for (let run = 0; run <= runs; run++) {
      for (const peer of results.filter(({ absent, few }) => !absent && !(few && run > 1))) {
        const count = peer.few ? 1 : counts[name];
        const { seconds, megabytes } = await peer.ask(`train ${count}`);
        const { batchSize, blockSize } = peer.size;
        if (run > 0) peer.speeds.push((batchSize * blockSize * count) / seconds); // the first warms up
        peer.megabytes = megabytes ?? 0;
      }
    }
    for (const { stop } of results) stop?.();
    const median = ({ speeds }) => speeds.toSorted((a, b) => a - b)[speeds.length >> 1];
    const [ours, ...others] = results;
    for (const other of others) {
      rows.push({
        bench: 'train',
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
