/** A GPT, top to bottom (Radford et al. 2019, "Language models are unsupervised multitask learners"). */
import {
  add,
  type Rank,
  range,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import { TinyllmError } from '@tinyllm/common';
import {
  causalAttention,
  crossEntropy,
  type DropoutOptions,
  dropout,
  embed,
  layerNorm,
  linear,
  unembed,
} from '@tinyllm/compute';
import { type GPTConfig, type GPTOptions, gptConfig } from './config';
import { createParameters, normalValues, type ParameterShapes, sizeOf } from './parameters';

type Vector = Variable<Rank.R1>;
type Matrix = Variable<Rank.R2>;

export interface NormParameters {
  readonly weight: Vector; // [C]
  readonly bias?: Vector; // [C]
}

export interface LinearParameters {
  readonly weight: Matrix; // [in, out], GPT-2's orientation
  readonly bias?: Vector; // [out]
}

export interface Block {
  readonly ln_1: NormParameters;
  readonly attn: { readonly c_attn: LinearParameters; readonly c_proj: LinearParameters };
  readonly ln_2: NormParameters;
  readonly mlp: { readonly c_fc: LinearParameters; readonly c_proj: LinearParameters };
}

export interface GPTParameters {
  readonly wte: { readonly weight: Matrix }; // [V, C]
  readonly wpe: { readonly weight: Matrix }; // [blockSize, C]
  readonly h: readonly Block[];
  readonly ln_f: NormParameters;
  readonly lm_head?: { readonly weight: Matrix }; // [V, C], unless tied to wte
}

/** A model is data: its config and its parameters. Whoever creates it disposes it, with `disposeModel`. */
export interface GPT {
  readonly architecture: 'gpt';
  readonly config: GPTConfig;
  readonly params: GPTParameters;
}

export interface ForwardOptions {
  /** While training: which values to drop. Steps of one seed drop different values. Default: none. */
  readonly dropout?: { readonly seed: number; readonly step: number };
}

/** Name and shape of every parameter of a GPT. */
export function gptShapes({
  vocabSize,
  blockSize,
  nLayer,
  nEmbd,
  bias,
  tieEmbeddings,
}: GPTConfig): ParameterShapes {
  const shapes = new Map<string, readonly number[]>();
  const norm = (name: string): void => {
    shapes.set(`${name}.weight`, [nEmbd]);
    if (bias) shapes.set(`${name}.bias`, [nEmbd]);
  };
  const linear = (name: string, inputs: number, outputs: number): void => {
    shapes.set(`${name}.weight`, [inputs, outputs]);
    if (bias) shapes.set(`${name}.bias`, [outputs]);
  };
  shapes.set('wte.weight', [vocabSize, nEmbd]);
  shapes.set('wpe.weight', [blockSize, nEmbd]);
  for (let layer = 0; layer < nLayer; layer++) {
    norm(`h.${layer}.ln_1`);
    linear(`h.${layer}.attn.c_attn`, nEmbd, 3 * nEmbd);
    linear(`h.${layer}.attn.c_proj`, nEmbd, nEmbd);
    norm(`h.${layer}.ln_2`);
    linear(`h.${layer}.mlp.c_fc`, nEmbd, 4 * nEmbd);
    linear(`h.${layer}.mlp.c_proj`, 4 * nEmbd, nEmbd);
  }
  norm('ln_f');
  if (!tieEmbeddings) shapes.set('lm_head.weight', [vocabSize, nEmbd]);
  return shapes;
}

/**
 * A new GPT with GPT-2's initialization: normal(0, 0.02), residual projections scaled by 1/√(2·nLayer), biases 0,
 * norms 1. The same `seed`, the same parameters, on every backend. Throws `config/…`.
 */
export function createGPT(options: GPTOptions, { seed }: { readonly seed: number }): GPT {
  const config = gptConfig(options);
  const params = createParameters(gptShapes(config), (name, shape, index) => {
    const size = sizeOf(shape);
    if (name.endsWith('.bias')) return new Float32Array(size);
    if (shape.length === 1) return new Float32Array(size).fill(1); // the gain of a norm
    const residual = name.endsWith('c_proj.weight') ? 1 / Math.sqrt(2 * config.nLayer) : 1;
    return normalValues(size, 0.02 * residual, seed, index);
  });
  return { architecture: 'gpt', config, params: params as GPTParameters };
}

/** Logits for every position. `ids` [B, T] int32, T ≤ blockSize → [B, T, V]; the caller disposes. */
export function gptForward(model: GPT, ids: Tensor2D, options: ForwardOptions = {}): Tensor3D {
  return tidy(() => unembed(hiddenStates(model, ids, options), head(model)) as Tensor3D);
}

/**
 * Mean −log p of each target, in nats: logits at [b, t] are compared with `targets`[b, t], and nothing is shifted
 * here. `ids` and `targets` [B, T] int32. Scalar; the caller disposes.
 */
export function gptLoss(model: GPT, ids: Tensor2D, targets: Tensor2D, options: ForwardOptions = {}): Scalar {
  return tidy(() => crossEntropy(hiddenStates(model, ids, options), head(model), targets));
}

/** The final, normalized hidden state of every position. `ids` [B, T] → [B, T, C]; the caller disposes. */
export function hiddenStates(model: GPT, ids: Tensor2D, options: ForwardOptions = {}): Tensor3D {
  const { config } = model;
  const T = ids.shape[1];
  if (T > config.blockSize) {
    throw new TinyllmError(
      'model/too-long',
      `The model reads at most ${config.blockSize} tokens (blockSize) and got ${T}. Pass the last ${config.blockSize}.`,
    );
  }
  return tidy(() => {
    const drop = dropouts(config, options);
    const attend: Attend = (qkv) => causalAttention(qkv as Tensor3D, config.nHead, drop.next()); // [B, T, C]
    return blocks(model, ids, range(0, T, 1, 'int32'), attend, drop) as Tensor3D; // [B, T, C]
  });
}

/** Attention of one layer: queries, keys and values [..., 3C] of its positions → [..., C]. */
type Attend = (qkv: Tensor, layer: number) => Tensor;

/**
 * Everything between ids and head. `ids` [..., T] lie at `positions` [T] → [..., T, C]. How positions see each other is
 * up to `attend`: training sees whole windows, decoding what a cache holds. The caller disposes all that is made.
 */
export function blocks(
  { config, params }: GPT,
  ids: Tensor,
  positions: Tensor1D,
  attend: Attend,
  drop: (x: Tensor) => Tensor = (x) => x,
): Tensor {
  const places = embed(positions, params.wpe.weight); // [T, C]
  let x = drop(add(embed(ids, params.wte.weight), places)); // [..., T, C]
  for (const [layer, { ln_1, attn, ln_2, mlp }] of params.h.entries()) {
    const qkv = linear(layerNorm(x, ln_1), attn.c_attn); // [..., T, 3C]
    x = add(x, drop(linear(attend(qkv, layer), attn.c_proj))); // [..., T, C]
    const hidden = linear(layerNorm(x, ln_2), mlp.c_fc, config.activation); // [..., T, 4C]
    x = add(x, drop(linear(hidden, mlp.c_proj))); // [..., T, C]
  }
  return layerNorm(x, params.ln_f); // [..., T, C]
}

/** The output head, [V, C]. */
export function head({ params }: GPT): Matrix {
  return (params.lm_head ?? params.wte).weight;
}

interface Dropouts {
  (x: Tensor): Tensor;
  /** The options of the next dropout, or none: for an operation that drops inside. */
  next(): DropoutOptions | undefined;
}

/** Dropouts of one forward pass: each place draws from an offset of its own. */
function dropouts({ dropout: rate, nLayer }: GPTConfig, options: ForwardOptions): Dropouts {
  const places = 1 + 3 * nLayer;
  let place = 0;
  const next = (): DropoutOptions | undefined => {
    if (rate === 0 || options.dropout === undefined) return undefined;
    const { seed, step } = options.dropout;
    return { rate, seed, offset: step * places + place++ };
  };
  const drop = (x: Tensor): Tensor => {
    const dropped = next();
    return dropped ? dropout(x, dropped) : x;
  };
  return Object.assign(drop, { next });
}
