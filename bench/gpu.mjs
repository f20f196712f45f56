/**
 * Training and decoding on a graphics card, tokens a second: webgpu and tensorflow, in float32 and mixed precision, beside
 * PyTorch on the same card, eager and compiled, in float32, TF32 and bfloat16, all taking turns; medians.
 * `pnpm bench gpu --python <python with PyTorch for CUDA>`, with the optional peer `webgpu` or `tfjs-node-gpu` installed.
 */
import { fileURLToPath } from 'node:url';
import { startPeer } from './peers/process.mjs';

export const packages = ['@tinyllm/train', '@tinyllm/sample'];

/** Sizes of `bench train`, and GPT-2 (124 million parameters), with how many steps and tokens are a turn. */
const sizes = {
  S2: { nLayer: 8, nHead: 16, nEmbd: 256, blockSize: 128, batchSize: 32, vocabSize: 10_000, steps: 20 },
  S3: { nLayer: 6, nHead: 6, nEmbd: 384, blockSize: 128, batchSize: 8, vocabSize: 50_257, steps: 20 },
  S4: { nLayer: 6, nHead: 6, nEmbd: 384, blockSize: 256, batchSize: 16, vocabSize: 65, steps: 20 },
  'GPT-2': { nLayer: 12, nHead: 12, nEmbd: 768, blockSize: 1024, batchSize: 4, vocabSize: 50_257, steps: 5 },
};
const TOKENS = 100;

const ours = [
  { backend: 'webgpu', precision: 'float32' },
  { backend: 'webgpu', precision: 'mixed' },
  { backend: 'tensorflow', precision: 'float32' },
  { backend: 'tensorflow', precision: 'mixed' },
];
const pytorch = ['float32', 'tf32', 'bfloat16'].flatMap((precision) => [
  { backend: 'PyTorch, eager', device: 'cuda', precision },
  { backend: 'PyTorch, compiled', device: 'cuda', precision, compile: true },
]);

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

export async function bench({ runs, threads, python }) {
  const rows = [];
  for (const [name, { steps, ...shape }] of Object.entries(sizes)) {
    const started = [];
    for (const way of [...ours, ...pytorch]) {
      const size = JSON.stringify({ ...shape, threads, ...way });
      const peer = await (way.device
        ? startPeer(python || 'python3', [here('peers/gpt.py'), size])
        : startPeer(process.execPath, [...process.execArgv, here('peers/gpt.mjs'), size]));
      started.push({ ...way, ...peer, training: [], decoding: [] });
    }
    for (let run = 0; run <= runs; run++) {
      for (const peer of started.filter(({ absent }) => !absent)) {
        try {
          const train = await peer.ask(`train ${steps}`);
          const sample = await peer.ask(`sample ${TOKENS}`);
          if (run === 0) continue; // the first warms up, and compiles
          peer.training.push((shape.batchSize * shape.blockSize * steps) / train.seconds);
          peer.decoding.push(TOKENS / sample.seconds);
        } catch (error) {
          peer.absent = error.message; // most likely the card's memory is full
        }
      }
    }
    for (const { stop } of started) stop?.();
    const eager = started.find(
      ({ backend, precision }) => backend === pytorch[0].backend && precision === 'float32',
    );
    for (const { backend, precision, version, absent, training, decoding } of started) {
      rows.push({
        bench: 'gpu',
        size: name,
        backend,
        precision,
        version: absent ? `absent: ${absent.split('\n', 1)[0]}` : version,
        trainTokensPerSecond: median(training),
        sampleTokensPerSecond: median(decoding),
        trainingRatioToEager: median(training) / median(eager.training),
        decodingRatioToEager: median(decoding) / median(eager.decoding),
      });
    }
  }
  return rows;
}
