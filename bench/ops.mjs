/**
 * `pnpm bench ops [--threads N]`: each kernel of the wasm backend beside its reference, plain tfjs ops on the
 * same backend, and beside what the machine can do: the matrix product's GFLOP/s for those that multiply, the
 * speed of an addition of long tensors for those that move memory. Sizes are those of shakespeare-char-cpu (S1) and of
 * tinystories-10k (S2), with fewer rows. Medians, the two interleaved.
 */
import { createRequire } from 'node:module';

export const packages = ['@tinyllm/compute'];

const compute = new URL('../packages/compute/', import.meta.url);
const tf = createRequire(compute)('@tensorflow/tfjs-core');

const sizes = {
  S1: { N: 768, B: 12, T: 64, H: 4, C: 128, V: 65 },
  S2: { N: 1024, B: 8, T: 128, H: 16, C: 256, V: 10_000 },
};

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];
const random = (...shape) => tf.keep(tf.randomNormal(shape, 0, 1, 'float32', 1));
const ids = (n, bound) =>
  tf.keep(
    tf.tensor1d(
      Int32Array.from({ length: n }, (_, i) => (i * 7919) % bound),
      'int32',
    ),
  );

/** Milliseconds that a kernel takes, ours and the reference, which is registered for cpu and runs on any backend. */
function time({ kernel, inputs, attrs = {} }, runs) {
  const backend = tf.backend();
  const run = (name) => {
    const start = performance.now();
    tf.tidy(() => {
      if (name === 'wasm') tf.engine().runKernel(kernel, inputs, attrs);
      else tf.getKernel(kernel, 'cpu').kernelFunc({ inputs, attrs, backend });
    });
    backend.settle(); // kernels go on after the call that begins them
    return performance.now() - start;
  };
  const hasReference = tf.getKernel(kernel, 'cpu') !== undefined && kernel !== 'BatchMatMul';
  const samples = { wasm: [], cpu: [] };
  run('wasm');
  for (let i = 0; i < runs; i++) {
    samples.wasm.push(run('wasm'));
    if (hasReference && (i < 2 || samples.cpu[0] < 200)) samples.cpu.push(run('cpu'));
  }
  return { ms: median(samples.wasm), referenceMs: hasReference ? median(samples.cpu) : undefined };
}

/** What an operation does: `flops` for those that multiply matrices, else `bytes` that it must read and write. */
function* operations(size, { N, B, T, H, C, V }) {
  const [x, dy, weight, one] = [random(N, C), random(N, C), random(C, 4 * C), random(C)];
  const [x4, qkv, head] = [random(N, 4 * C), random(B, T, 3 * C), random(V, C)];
  const dy4 = tf.keep(tf.ones([N, 4 * C])); // its kernel multiplies what was kept by it, in place, again and again
  const tokens = ids(N, V);
  const linear = 2 * N * C * 4 * C;
  const gelu = { activation: 'gelu', bias: true };
  yield { size, kernel: 'Linear', inputs: { x, weight, bias: random(4 * C) }, attrs: gelu, flops: linear };
  yield {
    size,
    kernel: 'LinearGrad',
    inputs: { dy: dy4, x, weight, kept: x4 },
    attrs: gelu,
    flops: 2 * linear,
  };
  yield { size, kernel: 'LayerNorm', inputs: { x, weight: one, bias: one }, bytes: 8 * N * C };
  const [mean, inverseStd] = [random(N, 1), random(N, 1)];
  yield {
    size,
    kernel: 'LayerNormGrad',
    inputs: { dy, x, weight: one, mean, inverseStd },
    bytes: 12 * N * C,
  };
  yield { size, kernel: 'RMSNorm', inputs: { x, weight: one }, attrs: { epsilon: 1e-5 }, bytes: 8 * N * C };
  const nHead = { nHead: H };
  const half = (4 * B * T * T * C) / 2; // half of the weights are ever seen
  yield { size, kernel: 'CausalAttention', inputs: { qkv }, attrs: nHead, flops: half };
  const [y, logSumExp] = tf.engine().runKernel('CausalAttention', { qkv }, nHead).map(tf.keep);
  const attention = { dy: tf.reshape(dy, [B, T, C]), qkv, y, logSumExp };
  yield { size, kernel: 'CausalAttentionGrad', inputs: attention, attrs: nHead, flops: 2.5 * half };
  const loss = { ignoreIndex: -1 };
  yield {
    size,
    kernel: 'CrossEntropy',
    inputs: { x, head, targets: tokens },
    attrs: loss,
    flops: 2 * N * V * C,
  };
  yield { size, kernel: 'Embed', inputs: { ids: tokens, table: head }, bytes: 8 * N * C };
  yield {
    size,
    kernel: 'EmbedGrad',
    inputs: { ids: tokens, dy },
    attrs: { vocabSize: V },
    bytes: 4 * C * (3 * N + V),
  };
  yield {
    size,
    kernel: 'Dropout',
    inputs: { x: x4 },
    attrs: { rate: 0.2, seed: 1, offset: 0 },
    bytes: 32 * N * C,
  };
  yield { size, kernel: 'Add', inputs: { a: x4, b: dy4 }, bytes: 48 * N * C };
  const row = random(1, C);
  const product = { a: row, b: weight };
  yield {
    size,
    kernel: 'BatchMatMul',
    note: 'one row',
    inputs: product,
    attrs: transposes(false),
    bytes: 16 * C * C,
  };
  const unembed = { a: row, b: head };
  yield {
    size,
    kernel: 'BatchMatMul',
    note: 'head',
    inputs: unembed,
    attrs: transposes(true),
    bytes: 4 * V * C,
  };
  const [keys, values] = [random(1, H, T, C / H), random(1, H, T, C / H)];
  const cached = { qkv: random(1, 3 * C), keys, values };
  yield { size, kernel: 'AttendCached', inputs: cached, attrs: { runs: [0, T - 1, 1] }, bytes: 8 * T * C };
}

const transposes = (transposeB) => ({ transposeA: false, transposeB });

export async function bench({ runs, threads }) {
  const { useBackend } = await import(new URL('dist/index.js', compute));
  await import(new URL('dist/gradients.js', compute));
  const { detail } = await useBackend('wasm', { threads });

  const side = 768;
  const square = { a: random(side, side), b: random(side, side) };
  const attrs = transposes(false);
  const productCeiling = (2 * side ** 3) / time({ kernel: 'BatchMatMul', inputs: square, attrs }, runs).ms;
  const long = random(8 * 2 ** 20);
  const memoryCeiling = (12 * long.size) / time({ kernel: 'Add', inputs: { a: long, b: long } }, runs).ms;

  const rows = [
    {
      kernel: 'ceiling: product',
      size: `${side}³`,
      speed: productCeiling / 1e6,
      unit: 'GFLOP/s',
      backend: detail,
    },
    { kernel: 'ceiling: memory', size: '8 Mi', speed: memoryCeiling / 1e6, unit: 'GB/s', backend: detail },
  ];
  for (const [size, shape] of Object.entries(sizes)) {
    for (const { note, flops, bytes, ...operation } of operations(size, shape)) {
      const { ms, referenceMs } = time(operation, runs);
      const perMs = (flops ?? bytes) / ms;
      rows.push({
        kernel: note ? `${operation.kernel}, ${note}` : operation.kernel,
        size,
        ms,
        speed: perMs / 1e6,
        unit: flops ? 'GFLOP/s' : 'GB/s',
        ofCeiling: perMs / (flops ? productCeiling : memoryCeiling),
        timesReference: referenceMs ? referenceMs / ms : '',
      });
    }
  }
  return rows;
}
