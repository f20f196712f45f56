import { backend_util, type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../backend';
import { productCost, runOnCpu, wasmKernel } from './kernel';

interface Transposes {
  transposeA: boolean;
  transposeB: boolean;
}

interface MatMulInputs {
  a: TensorInfo;
  b: TensorInfo;
  bias?: TensorInfo;
}

/** The product of matrices, batched over leading axes; undefined where the kernel does not cover the case. */
function multiply(
  backend: WasmBackend,
  { a, b, bias }: MatMulInputs,
  { transposeA, transposeB }: Transposes,
): TensorInfo | undefined {
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const n = transposeB ? bRows : bColumns;
  const aBatch = a.shape.slice(0, -2);
  const bBatch = b.shape.slice(0, -2);
  const aCount = util.sizeFromShape(aBatch);
  const bCount = util.sizeFromShape(bBatch);
  const batch = backend_util.assertAndGetBroadcastShape(aBatch, bBatch);
  const count = util.sizeFromShape(batch);
  const isFloat = a.dtype === 'float32' && b.dtype === 'float32';
  const repeats = [aCount, bCount].every((each) => each === count || each === 1);
  if (!isFloat || !repeats || m * n * k * count === 0) return undefined;
  const y = backend.output([...batch, m, n]);
  backend.run(
    'matMul',
    count * productCost(m, n, k),
    count,
    m,
    n,
    k,
    backend.address(a),
    aCount === 1 ? 0 : m * k,
    ...(transposeA ? [1, m] : [k, 1]),
    backend.address(b),
    bCount === 1 ? 0 : k * n,
    ...(transposeB ? [1, k] : [n, 1]),
    backend.address(bias),
    backend.address(y),
  );
  return y;
}

export const batchMatMul: KernelConfig = wasmKernel<MatMulInputs, Transposes>(
  'BatchMatMul',
  (backend, inputs, attrs) =>
    multiply(backend, inputs, attrs) ?? runOnCpu('BatchMatMul', backend, inputs, attrs),
);

interface FusedInputs extends MatMulInputs {
  preluActivationWeights?: TensorInfo;
}

export const fusedMatMul: KernelConfig = wasmKernel<FusedInputs, Transposes & { activation?: string }>(
  '_FusedMatMul',
  (backend, inputs, attrs) => {
    const { bias, preluActivationWeights } = inputs;
    const n = inputs.b.shape.at(attrs.transposeB ? -2 : -1);
    const isPlain = (attrs.activation ?? 'linear') === 'linear' && !preluActivationWeights;
    const biasFits = !bias || (util.sizeFromShape(bias.shape) === n && bias.dtype === 'float32');
    const product = isPlain && biasFits ? multiply(backend, inputs, attrs) : undefined;
    return product ?? runOnCpu('_FusedMatMul', backend, inputs, attrs);
  },
);
