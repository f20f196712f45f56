/** `config.json` of Hugging Face's GPT2LMHeadModel and LlamaForCausalLM, to and from `GPTConfig`. */
import { TinyllmError } from '@tinyllm/common';
import { type GPTConfig, type GPTOptions, gptConfig, llama } from './config';

/** Which model of Hugging Face's computes what a GPT of this config does; undefined for none of them. */
export function familyOf(config: GPTConfig): 'gpt2' | 'llama' | undefined {
  const { norm, position, mlp, nHead, nKvHead, qkNorm } = config;
  if (qkNorm) return undefined;
  if (norm === 'layer' && position === 'learned' && mlp !== 'swiglu' && nKvHead === nHead) return 'gpt2';
  if (norm === llama.norm && position === llama.position && mlp === llama.mlp) return 'llama';
  return undefined;
}

/** Ids that begin and end a text. */
export interface TextTokens {
  readonly begin: number;
  readonly end: number;
}

type JSONRecord = Readonly<Record<string, unknown>>;

const activations = { gelu: 'gelu', gelu_tanh: 'gelu_new' } as const;

/**
 * What Hugging Face's `from_pretrained` needs to know of a GPT that is of a family (`familyOf`). `bias` is ours: their
 * GPT-2 always has biases, and gets zeros.
 */
export function toHuggingFaceConfig(config: GPTConfig, tokens?: TextTokens): JSONRecord {
  const { vocabSize, blockSize, nLayer, nHead, nKvHead, nEmbd, nInner, dropout, bias } = config;
  const shared = {
    vocab_size: vocabSize,
    tie_word_embeddings: config.tieEmbeddings,
    bos_token_id: tokens?.begin ?? null,
    eos_token_id: tokens?.end ?? null,
  };
  if (familyOf(config) === 'gpt2') {
    return {
      model_type: 'gpt2',
      architectures: ['GPT2LMHeadModel'],
      ...shared,
      n_positions: blockSize,
      n_layer: nLayer,
      n_head: nHead,
      n_embd: nEmbd,
      n_inner: nInner,
      activation_function: activations[config.mlp as keyof typeof activations],
      layer_norm_epsilon: config.normEpsilon,
      resid_pdrop: dropout,
      embd_pdrop: dropout,
      attn_pdrop: dropout,
      bias,
    };
  }
  return {
    model_type: 'llama',
    architectures: ['LlamaForCausalLM'],
    ...shared,
    max_position_embeddings: blockSize,
    num_hidden_layers: nLayer,
    num_attention_heads: nHead,
    num_key_value_heads: nKvHead,
    hidden_size: nEmbd,
    intermediate_size: nInner,
    hidden_act: 'silu',
    rms_norm_eps: config.normEpsilon,
    rope_theta: config.ropeTheta,
    attention_dropout: dropout,
    attention_bias: bias,
    mlp_bias: bias,
  };
}

/**
 * The config of a GPT-2 or Llama `config.json`. Throws `config/…`, and `hugging-face/unsupported` naming the field
 * that does not fit, for what would compute something else.
 */
export function fromHuggingFaceConfig(json: JSONRecord): GPTConfig {
  return gptConfig(json.model_type === 'gpt2' ? gpt2Options(json) : llamaOptions(json));
}

function gpt2Options(json: JSONRecord): GPTOptions {
  const { activation_function: activation = 'gelu_new', resid_pdrop: dropout = 0.1 } = json;
  const known = { gelu_new: 'gelu_tanh', gelu_pytorch_tanh: 'gelu_tanh', gelu: 'gelu' } as const;
  if (!Object.hasOwn(known, String(activation)))
    throw unsupported('activation_function', activation, 'a GELU');
  requireOf(json, 'layer_norm_epsilon', [undefined, 1e-5]);
  requireOf(json, 'scale_attn_weights', [undefined, true]);
  requireOf(json, 'scale_attn_by_inverse_layer_idx', [undefined, false]);
  requireOf(json, 'add_cross_attention', [undefined, false]);
  for (const field of ['embd_pdrop', 'attn_pdrop']) requireOf(json, field, [undefined, dropout]);
  return {
    vocabSize: json.vocab_size as number,
    blockSize: json.n_positions as number,
    nLayer: json.n_layer as number,
    nHead: json.n_head as number,
    nEmbd: json.n_embd as number,
    ...(typeof json.n_inner === 'number' ? { nInner: json.n_inner } : {}),
    dropout: dropout as number,
    mlp: known[activation as keyof typeof known],
    bias: (json.bias ?? true) as boolean,
    tieEmbeddings: (json.tie_word_embeddings ?? true) as boolean,
  };
}

function llamaOptions(json: JSONRecord): GPTOptions {
  requireOf(json, 'model_type', ['gpt2', 'llama']);
  const [heads, width] = [json.num_attention_heads as number, json.hidden_size as number];
  const rope = (json.rope_parameters ?? json.rope_scaling ?? {}) as JSONRecord;
  const type = rope.rope_type ?? rope.type ?? 'default';
  if (type !== 'default')
    throw unsupported('rope_scaling', type, 'plain rotary positions, none or "default"');
  requireOf(json, 'hidden_act', [undefined, 'silu']);
  requireOf(json, 'head_dim', [undefined, null, width / heads]);
  requireOf(json, 'mlp_bias', [json.attention_bias ?? false, ...(json.attention_bias ? [] : [undefined])]);
  return {
    ...llama,
    vocabSize: json.vocab_size as number,
    blockSize: json.max_position_embeddings as number,
    nLayer: json.num_hidden_layers as number,
    nHead: heads,
    nKvHead: (json.num_key_value_heads ?? heads) as number,
    nEmbd: width,
    nInner: json.intermediate_size as number,
    normEpsilon: (json.rms_norm_eps ?? 1e-6) as number,
    ropeTheta: (rope.rope_theta ?? json.rope_theta ?? 10_000) as number,
    dropout: (json.attention_dropout ?? 0) as number,
    bias: (json.attention_bias ?? false) as boolean,
    tieEmbeddings: (json.tie_word_embeddings ?? false) as boolean,
  };
}

function requireOf(json: JSONRecord, field: string, values: readonly unknown[]): void {
  if (values.includes(json[field])) return;
  const known = values.filter((value) => value !== undefined).map((value) => JSON.stringify(value));
  throw unsupported(field, json[field], known.join(' or '));
}

function unsupported(field: string, value: unknown, expected: string): TinyllmError {
  return new TinyllmError(
    'hugging-face/unsupported',
    `This model does not fit: ${field} is ${JSON.stringify(value)}, and must be ${expected}. ` +
      'GPT2LMHeadModel and LlamaForCausalLM are read.',
  );
}
