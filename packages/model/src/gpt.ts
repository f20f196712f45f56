/**
 * A GPT, top to bottom: GPT-2 (Radford et al. 2019, "Language models are unsupervised multitask learners") and Llama
 * (Touvron et al. 2023, arXiv:2302.13971), which differ in how they normalize, where they put positions, and their MLP.
 */
import {
  add,
  concat,
  reshape,
  type Scalar,
  slice,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor1d,
  tidy,
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
  repeatKeys,
  residualLinear,
  rmsNorm,
  rope,
  ropeTable,
  swiglu,
  unembed,
} from '@tinyllm/compute';
import type { GPTConfig } from './config';
import type { Block, GPT, NormParameters } from './gpt-parameters';
import { checkUsable } from './parameters';

export interface ForwardOptions {
  /** While training: which values to drop. Steps of one seed drop different values. Default: none. */
  readonly dropout?: { readonly seed: number; readonly step: number };
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
  const drop = dropouts(model.config, options);
  const { nHead, nKvHead } = model.config;
  const attend: Attend = (qkv) =>
    causalAttention(repeatKeys(qkv as Tensor3D, nHead, nKvHead), nHead, drop.next()); // [B, T, C]
  return tidy(() => blocks(model, ids, window(model, ids), { attend, drop }) as Tensor3D); // [B, T, C]
}

/** Positions of ids [B, T] that are read from the start. Throws `model/too-long`. */
export function window({ config: { blockSize } }: GPT, ids: Tensor2D): number[] {
  const T = ids.shape[1];
  if (T <= blockSize) return Array.from({ length: T }, (_, position) => position);
  throw new TinyllmError(
    'model/too-long',
    `The model reads at most ${blockSize} tokens (blockSize) and got ${T}. Pass the last ${blockSize}.`,
  );
}

/** Attention of one layer: queries, keys and values [..., T, (H + 2K)·D] → [..., T, C]. */
export type Attend = (qkv: Tensor, layer: number) => Tensor;

/** What one block computes on its way. */
export interface BlockSteps {
  /** The stream, normalized for attention [..., T, C]. */
  readonly normalized: Tensor;
  /** Queries, keys and values [..., T, (H + 2K)·D], those of a head side by side. */
  readonly qkv: Tensor;
  /** What the heads read, side by side [..., T, C]. */
  readonly read: Tensor;
  /** The stream, with what attention adds [..., T, C]. */
  readonly attended: Tensor;
  /** The inside of the MLP, behind its activation [..., T, F]. */
  readonly inner: Tensor;
}

export interface Pass {
  /** How positions see each other: training sees whole windows, decoding what a cache holds. */
  readonly attend: Attend;
  /** While training: which values to drop at each place that drops. */
  readonly drop?: Dropouts;
  /** Is shown the residual stream [..., T, C], the embedding, then what each block leaves, with the steps to it. */
  readonly watch?: (x: Tensor, steps?: BlockSteps) => void;
}

/**
 * Everything between ids and head. `ids` [..., T] at `positions` (T of them) → [..., T, C]. The caller disposes all
 * that is made on the way. Throws `model/disposed`.
 */
export function blocks(
  { config, params }: GPT,
  ids: Tensor,
  positions: readonly number[],
  pass: Pass,
): Tensor {
  checkUsable(params.wte.weight);
  const { attend, drop = noDropout, watch = () => undefined } = pass;
  const { nHead, nKvHead, nEmbd, position, ropeTheta } = config;
  const angles = position === 'rope' ? ropeTable(positions, nEmbd / nHead, ropeTheta) : undefined; // [T, D]
  let x = embed(ids, params.wte.weight); // [..., T, C]
  if (params.wpe) x = add(x, embed(tensor1d([...positions], 'int32'), params.wpe.weight)); // [..., T, C]
  const dropped = drop.next();
  if (dropped) x = dropout(x, dropped);
  watch(x);
  for (const [layer, { ln_1, attn, ln_2, mlp }] of params.h.entries()) {
    const normalized = normalize(x, ln_1, config); // [..., T, C]
    let qkv = linear(normalized, attn.c_attn); // [..., T, (H + 2K)·D]
    if (config.qkNorm) qkv = normalizeHeads(qkv, attn, config);
    if (angles) qkv = rope(qkv, angles, nHead + nKvHead); // values do not turn
    const read = attend(qkv, layer); // [..., T, C]
    const attended = residualLinear(x, read, attn.c_proj, drop.next()); // [..., T, C]
    const inner = inside(normalize(attended, ln_2, config), mlp, config); // [..., T, F]
    x = residualLinear(attended, inner, mlp.c_proj, drop.next()); // [..., T, C]
    watch(x, { normalized, qkv, read, attended, inner });
  }
  return normalize(x, params.ln_f, config); // [..., T, C]
}

function normalize(x: Tensor, norm: NormParameters, config: GPTConfig): Tensor {
  return config.norm === 'rms' ? rmsNorm(x, norm, config.normEpsilon) : layerNorm(x, norm);
}

/** The inside of the MLP: `x` [..., C] → [..., F]. */
function inside(x: Tensor, { c_fc }: Block['mlp'], { mlp }: GPTConfig): Tensor {
  return mlp === 'swiglu' ? swiglu(linear(x, c_fc)) : linear(x, c_fc, mlp);
}

/** Queries and keys of `qkv` [..., T, (H + 2K)·D] at root-mean-square 1, times a learned gain. */
function normalizeHeads(qkv: Tensor, { q_norm, k_norm }: Block['attn'], config: GPTConfig): Tensor {
  const { nHead, nKvHead, nEmbd, normEpsilon } = config;
  const D = nEmbd / nHead;
  const width = qkv.shape.at(-1) as number;
  const rows: Tensor2D = reshape(qkv, [-1, width]); // [N, (H + 2K)·D]
  const N = rows.shape[0];
  const part = (first: number, heads: number): Tensor2D => slice(rows, [0, first * D], [N, heads * D]);
  const normalized = (x: Tensor2D, gain: Block['attn']['q_norm']): Tensor2D =>
    gain ? reshape(rmsNorm(reshape(x, [-1, D]), gain, normEpsilon), x.shape) : x;
  const queries = normalized(part(0, nHead), q_norm); // [N, H·D]
  const keys = normalized(part(nHead, nKvHead), k_norm); // [N, K·D]
  return reshape(concat([queries, keys, part(nHead + nKvHead, nKvHead)], 1), qkv.shape);
}

/** The output head, [V, C]. */
export function head({ params }: GPT): Tensor2D {
  return (params.lm_head ?? params.wte).weight;
}

interface Dropouts {
  /** The next place's, or none. */
  next(): DropoutOptions | undefined;
}

const noDropout: Dropouts = { next: () => undefined };

/** Dropouts of one forward pass: each place draws from an offset of its own. */
function dropouts({ dropout: rate, nLayer }: GPTConfig, { dropout }: ForwardOptions): Dropouts {
  if (rate === 0 || dropout === undefined) return noDropout;
  const places = 1 + 3 * nLayer;
  let place = 0;
  return { next: () => ({ rate, seed: dropout.seed, offset: dropout.step * places + place++ }) };
}
