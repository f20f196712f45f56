import type { Scalar, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { type Bigram, bigramForward, bigramLoss, bigramShapes } from './bigram';
import { sizeOf } from './dtypes';
import { type ForwardOptions, gptForward, gptLoss } from './gpt';
import { type GPT, gptShapes } from './gpt-parameters';
import { countValues, flattenParameters, type ParameterShapes } from './parameters';

/** Any model that tinyllm trains. */
export type Model = GPT | Bigram;

/** An architecture and its config, without parameters: what `config.json` holds. */
export type ModelConfig = Pick<GPT, 'architecture' | 'config'> | Pick<Bigram, 'architecture' | 'config'>;

/**
 * Logits for every position: `ids` [B, T] int32, T ≤ blockSize → [B, T, V]; the caller disposes.
 * Throws `model/too-long` and `model/disposed`.
 */
export function forward(model: Model, ids: Tensor2D, options?: ForwardOptions): Tensor3D {
  return model.architecture === 'gpt' ? gptForward(model, ids, options) : bigramForward(model, ids);
}

/**
 * Mean −log p of each target, in nats: logits at [b, t] are compared with `targets`[b, t]; the batch sampler did
 * the shift. `ids` and `targets` [B, T] int32. Scalar; the caller disposes. Throws `model/too-long` and `model/disposed`.
 */
export function loss(model: Model, ids: Tensor2D, targets: Tensor2D, options?: ForwardOptions): Scalar {
  return model.architecture === 'gpt'
    ? gptLoss(model, ids, targets, options)
    : bigramLoss(model, ids, targets);
}

/** Name and shape of every parameter that a model of this config has. */
export function parameterShapes(model: ModelConfig): ParameterShapes {
  return model.architecture === 'gpt' ? gptShapes(model.config) : bigramShapes(model.config);
}

/** How many values a model of this config has, in all and in its embeddings (`wte`, `wpe`); a tied head counts once. */
export function parameterCount(model: ModelConfig): { total: number; embeddings: number } {
  const shapes = parameterShapes(model);
  const embeddings = ['wte.weight', 'wpe.weight'].map((name) => shapes.get(name)).filter((shape) => !!shape);
  return {
    total: countValues(shapes),
    embeddings: embeddings.reduce((sum, shape) => sum + sizeOf(shape), 0),
  };
}

/** Frees every parameter of a model. */
export function disposeModel(model: Model): void {
  for (const parameter of flattenParameters(model.params).values()) parameter.dispose();
}
