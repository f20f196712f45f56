import { type GPTConfig, type ModelConfig, parameterCount } from '@tinyllm/model';

/** Bytes of a number: parameters, gradients, moments and activations are float32. */
const FLOAT = 4;
/** The wasm backend has logits of so many rows at once, and of so many numbers: kernels/cross-entropy.ts of compute. */
const CHUNK_ROWS = 512;
const CHUNK_NUMBERS = 16 * 2 ** 20;
/** Its memory grows by twice as much at a time, so that on average this is over. */
const SPARE = 8 * 2 ** 20;

/**
 * Bytes that training by AdamW takes of the `wasm` backend's memory, for batches of `batchSize` full windows, within 10 %.
 * It counts what is alive at the three moments when most is: at the loss, in the MLP of the first layer on the way back,
 * and at the gradient of the embedding. tfjs keeps every gradient of an activation to the end of the way back. `qkNorm`
 * takes more than is counted here.
 */
export function trainingMemory(
  config: GPTConfig,
  {
    batchSize,
    gradientAccumulationSteps = 1,
  }: { readonly batchSize: number; readonly gradientAccumulationSteps?: number },
): number {
  const { vocabSize: V, blockSize: T, nLayer, nHead, nKvHead, nEmbd: C, nInner: F, mlp, position } = config;
  const N = batchSize * T;
  const P = parameterCount({ architecture: 'gpt', config }).total;
  const KV = (C / nHead) * nKvHead;
  const isGated = mlp === 'swiglu';
  const isDropped = config.dropout > 0;

  // numbers per token and layer: what the way forward leaves for the way back
  const saved = 5 * C + 3 * C + (isGated ? 3 : 2) * F; // residuals and norms; qkv; the MLP's inside
  // and what a layer leaves once its gradients are known: what was added, and gradients of activations
  const qkvGradients = nKvHead < nHead ? 14 * C + 14 * KV : position === 'rope' ? 6 * C : 3 * C;
  const left = 9 * C + qkvGradients + (isGated ? 3 : 1) * F;
  // embeddings, the last norm and the gradients of both
  const ends = (2 + (position === 'learned' ? 1 : 0) + (isDropped ? 1 : 0)) * C;

  const logits = Math.min(CHUNK_ROWS, N, Math.floor(CHUNK_NUMBERS / V)) * V;
  const atLoss = N * (nLayer * saved + ends + C) + V * C + logits;
  const inFirstLayer =
    N * ((nLayer - 1) * left + saved + F + (isDropped ? C : 0) + ends) + P - V * C - P / nLayer / 2;
  const tiedTwice = config.tieEmbeddings ? 2 * V * C : 0; // the head's gradient, the embedding's, and their sum
  const atEnd = N * (nLayer * left + ends) + P + tiedTwice;

  const parametersAndMoments = 3 * P;
  const sums = gradientAccumulationSteps > 1 ? P : 0;
  return SPARE + FLOAT * (parametersAndMoments + sums + Math.max(atLoss, inFirstLayer, atEnd));
}

/**
 * Bytes that training by AdamW takes at least, on any backend: at an update, parameters, gradients and two moments. What
 * the way back needs of the way forward comes on top, and has been measured on `wasm` alone.
 */
export function leastTrainingMemory(model: ModelConfig): number {
  return 4 * FLOAT * parameterCount(model).total;
}
