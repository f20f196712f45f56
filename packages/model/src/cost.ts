/** What a model costs, before it is made: arithmetic that follows from its config. */
import { type ModelConfig, parameterCount } from './model';

export interface Flops {
  /** Floating-point operations to read one token of a full window. */
  readonly forward: number;
  /** The same with the backward pass, which is twice as much again. */
  readonly training: number;
}

/**
 * Operations per token as PaLM counts them (Chowdhery et al. 2022, arXiv:2204.02311, appendix B): 2 for each parameter
 * that multiplies, and 4·L·T·C for attention over a window of T. The embeddings are looked up, but a head multiplies,
 * also one that is tied. A bigram looks up and multiplies nothing.
 */
export function flopsPerToken(model: ModelConfig): Flops {
  if (model.architecture === 'bigram') return { forward: 0, training: 0 };
  const { nLayer, nEmbd, blockSize, vocabSize, tieEmbeddings } = model.config;
  const { total, embeddings } = parameterCount(model);
  const multiplied = total - embeddings + (tieEmbeddings ? vocabSize * nEmbd : 0);
  const forward = 2 * multiplied + 4 * nLayer * blockSize * nEmbd;
  return { forward, training: 3 * forward };
}
