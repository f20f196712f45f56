import {
  eye,
  type Rank,
  type Scalar,
  type Tensor2D,
  type Tensor3D,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import { crossEntropy, embed } from '@tinyllm/compute';
import { type BigramConfig, bigramConfig } from './config';
import { checkUsable, createParameters, fillNormal, type ParameterShapes } from './parameters';

/** The smallest language model: a table whose row for a token is the logits of the next. The baseline. */
export interface Bigram {
  readonly architecture: 'bigram';
  readonly config: BigramConfig;
  readonly params: { readonly token_embedding_table: { readonly weight: Variable<Rank.R2> } }; // [V, V]
}

/** Name and shape of the one parameter. */
export function bigramShapes({ vocabSize }: BigramConfig): ParameterShapes {
  return new Map([['token_embedding_table.weight', [vocabSize, vocabSize]]]);
}

/** A new bigram table of normal(0, 0.02), so that its first loss is ln V. Throws `config/…` and `random/invalid-seed`. */
export function createBigram(options: BigramConfig, { seed }: { readonly seed: number }): Bigram {
  const config = bigramConfig(options);
  const params = createParameters(bigramShapes(config), (_name, values, index) =>
    fillNormal(values, 0.02, seed, index),
  );
  return { architecture: 'bigram', config, params: params as Bigram['params'] };
}

/** Logits for every position. `ids` [B, T] int32 → [B, T, V]; the caller disposes. */
export function bigramForward({ params }: Bigram, ids: Tensor2D): Tensor3D {
  const { weight } = params.token_embedding_table;
  checkUsable(weight);
  return embed(ids, weight) as Tensor3D;
}

/** Mean −log p of each target, in nats. `ids` and `targets` [B, T] int32. Scalar; the caller disposes. */
export function bigramLoss(model: Bigram, ids: Tensor2D, targets: Tensor2D): Scalar {
  const { vocabSize } = model.config;
  // A row of the table is the logits already, so the head is the identity.
  return tidy(() => crossEntropy(bigramForward(model, ids), eye(vocabSize), targets));
}
