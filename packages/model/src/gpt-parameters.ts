/** The parameters of a GPT: their names, their shapes and how they begin. */
import type { Rank, Variable } from '@tensorflow/tfjs-core';
import { type GPTConfig, type GPTOptions, gptConfig } from './config';
import { createParameters, fillNormal, type ParameterShapes } from './parameters';

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
  readonly attn: {
    readonly c_attn: LinearParameters; // [C, (H + 2K)·D]: queries, keys, values
    readonly q_norm?: { readonly weight: Vector }; // [D], with qkNorm
    readonly k_norm?: { readonly weight: Vector }; // [D]
    readonly c_proj: LinearParameters; // [C, C]
  };
  readonly ln_2: NormParameters;
  readonly mlp: {
    readonly c_fc: LinearParameters; // [C, F], or gates and values [C, 2F] with swiglu
    readonly c_proj: LinearParameters; // [F, C]
  };
}

export interface GPTParameters {
  readonly wte: { readonly weight: Matrix }; // [V, C]
  readonly wpe?: { readonly weight: Matrix }; // [blockSize, C], where positions are learned
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

/** Name and shape of every parameter of a GPT. */
export function gptShapes(config: GPTConfig): ParameterShapes {
  const { vocabSize, blockSize, nLayer, nHead, nKvHead, nEmbd, nInner, bias } = config;
  const D = nEmbd / nHead;
  const shapes = new Map<string, readonly number[]>();
  const norm = (name: string): void => {
    shapes.set(`${name}.weight`, [nEmbd]);
    if (bias && config.norm === 'layer') shapes.set(`${name}.bias`, [nEmbd]);
  };
  const linear = (name: string, inputs: number, outputs: number): void => {
    shapes.set(`${name}.weight`, [inputs, outputs]);
    if (bias) shapes.set(`${name}.bias`, [outputs]);
  };
  shapes.set('wte.weight', [vocabSize, nEmbd]);
  if (config.position === 'learned') shapes.set('wpe.weight', [blockSize, nEmbd]);
  for (let layer = 0; layer < nLayer; layer++) {
    norm(`h.${layer}.ln_1`);
    linear(`h.${layer}.attn.c_attn`, nEmbd, (nHead + 2 * nKvHead) * D);
    if (config.qkNorm) {
      shapes.set(`h.${layer}.attn.q_norm.weight`, [D]);
      shapes.set(`h.${layer}.attn.k_norm.weight`, [D]);
    }
    linear(`h.${layer}.attn.c_proj`, nEmbd, nEmbd);
    norm(`h.${layer}.ln_2`);
    linear(`h.${layer}.mlp.c_fc`, nEmbd, config.mlp === 'swiglu' ? 2 * nInner : nInner);
    linear(`h.${layer}.mlp.c_proj`, nInner, nEmbd);
  }
  norm('ln_f');
  if (!config.tieEmbeddings) shapes.set('lm_head.weight', [vocabSize, nEmbd]);
  return shapes;
}

/**
 * A new GPT with GPT-2's initialization: normal(0, 0.02), residual projections scaled by 1/√(2·nLayer), biases 0,
 * norms 1. The same `seed`, the same parameters, on every backend. Throws `config/…`
 * and `random/invalid-seed`.
 */
export function createGPT(options: GPTOptions, { seed }: { readonly seed: number }): GPT {
  const config = gptConfig(options);
  const shapes = gptShapes(config);
  const params = createParameters(shapes, (name, values, index) => {
    const isVector = shapes.get(name)?.length === 1;
    if (isVector) return values.fill(name.endsWith('.bias') ? 0 : 1); // 1 is the gain of a norm
    const residual = name.endsWith('c_proj.weight') ? 1 / Math.sqrt(2 * config.nLayer) : 1;
    fillNormal(values, 0.02 * residual, seed, index);
  });
  return { architecture: 'gpt', config, params: params as GPTParameters };
}
