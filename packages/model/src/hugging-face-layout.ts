/** Where Hugging Face's models keep what our parameters hold. */
import type { GPTConfig } from './config';
import { sizeOf } from './dtypes';
import { gptShapes } from './gpt-parameters';
import { familyOf } from './hugging-face-config';
import { misfit } from './parameters';
import type { TensorSource } from './safetensors';

/** A tensor of theirs. */
interface Part {
  readonly name: string;
  readonly shape: readonly number[];
}

/** One parameter of ours: their parts side by side, transposed where they are PyTorch's [out, in]. */
interface Place {
  readonly parts: readonly Part[];
  readonly transposed: boolean;
}

interface Layout {
  readonly places: ReadonlyMap<string, Place>;
  /** What theirs has and ours has not: it must be zero. */
  readonly zeros: readonly Part[];
}

/** What old files hold beside parameters: causal masks and rotary frequencies. */
const buffers = /\.attn\.(masked_)?bias$|\.rotary_emb\.inv_freq$/;

function layoutOf(config: GPTConfig): Layout {
  return familyOf(config) === 'llama' ? llamaLayout(config) : gpt2Layout(config);
}

/** GPT-2's names are ours. */
function gpt2Layout(config: GPTConfig): Layout {
  const shapes = gptShapes(config);
  const places = [...shapes].map(
    ([name, shape]) => [name, { parts: [{ name, shape }], transposed: false }] as const,
  );
  const all = familyOf(config) === 'gpt2' ? gptShapes({ ...config, bias: true }) : shapes;
  const zeros = [...all].filter(([name]) => !shapes.has(name)).map(([name, shape]) => ({ name, shape }));
  return { places: new Map(places), zeros };
}

function llamaLayout(config: GPTConfig): Layout {
  const { nLayer, nHead, nKvHead, nEmbd, nInner, bias, vocabSize, tieEmbeddings } = config;
  const keys = (nKvHead * nEmbd) / nHead;
  const places = new Map<string, Place>();
  const same = (ours: string, name: string, shape: readonly number[]): unknown =>
    places.set(`${ours}.weight`, { parts: [{ name: `${name}.weight`, shape }], transposed: false });
  const linear = (ours: string, inputs: number, outputs: Readonly<Record<string, number>>): void => {
    const parts = Object.entries(outputs);
    places.set(`${ours}.weight`, {
      parts: parts.map(([name, out]) => ({ name: `${name}.weight`, shape: [out, inputs] })),
      transposed: true,
    });
    if (!bias) return;
    const biases = parts.map(([name, out]) => ({ name: `${name}.bias`, shape: [out] }));
    places.set(`${ours}.bias`, { parts: biases, transposed: false });
  };
  same('wte', 'model.embed_tokens', [vocabSize, nEmbd]);
  for (let layer = 0; layer < nLayer; layer++) {
    const [ours, theirs] = [`h.${layer}`, `model.layers.${layer}`];
    const [attn, mlp] = [`${theirs}.self_attn`, `${theirs}.mlp`];
    same(`${ours}.ln_1`, `${theirs}.input_layernorm`, [nEmbd]);
    linear(`${ours}.attn.c_attn`, nEmbd, {
      [`${attn}.q_proj`]: nEmbd,
      [`${attn}.k_proj`]: keys,
      [`${attn}.v_proj`]: keys,
    });
    linear(`${ours}.attn.c_proj`, nEmbd, { [`${attn}.o_proj`]: nEmbd });
    same(`${ours}.ln_2`, `${theirs}.post_attention_layernorm`, [nEmbd]);
    linear(`${ours}.mlp.c_fc`, nEmbd, { [`${mlp}.gate_proj`]: nInner, [`${mlp}.up_proj`]: nInner });
    linear(`${ours}.mlp.c_proj`, nInner, { [`${mlp}.down_proj`]: nEmbd });
  }
  same('ln_f', 'model.norm', [nEmbd]);
  if (!tieEmbeddings) same('lm_head', 'lm_head', [vocabSize, nEmbd]);
  return { places, zeros: [] };
}

/** A tensor as it is stored, and how its values come from those of a parameter. */
export interface StoredPart extends Part {
  /** The parameter's name; none where it is zero. */
  readonly parameter?: string;
  /** The values, from those of the parameter, which they may share memory with. */
  readonly take: (values: Float32Array) => Float32Array;
}

/**
 * Their tensors, in the order of our parameters. Their GPT-2 takes OpenAI's names, which are ours, but beside a head of
 * its own it wants them as it has them, under `transformer`.
 */
export function toHuggingFaceTensors(config: GPTConfig): StoredPart[] {
  const { places, zeros } = layoutOf(config);
  const isPrefixed = familyOf(config) === 'gpt2' && !config.tieEmbeddings;
  const stored: StoredPart[] = [];
  for (const [parameter, { parts, transposed }] of places) {
    const width = parts.reduce((sum, { shape }) => sum + (shape[0] as number), 0);
    let end = 0;
    for (const { name, shape } of parts) {
      const [out, inputs = 1] = shape as [number, number?];
      const offset = end;
      const take = (values: Float32Array): Float32Array => {
        if (transposed) return columns(values, width, offset, out, inputs);
        return parts.length === 1 ? values : values.subarray(offset, offset + out);
      };
      stored.push({ name: storedName(name, isPrefixed), shape, parameter, take });
      end += out;
    }
  }
  const empty = zeros.map(({ name, shape }) => ({
    name: storedName(name, isPrefixed),
    shape,
    take: () => new Float32Array(sizeOf(shape)),
  }));
  return [...stored, ...empty];
}

/**
 * What fills our parameters, one at a time, with the values of theirs. Throws `model/parameters-do-not-fit`, naming what is
 * missing, has another shape, is left over, or should be zero.
 */
export function fromHuggingFaceTensors(
  config: GPTConfig,
  source: TensorSource,
): (name: string, into: Float32Array) => void {
  const { places, zeros } = layoutOf(config);
  const isPrefixed = [...source.shapes.keys()].some((name) => name.startsWith(PREFIX));
  const stored = (name: string): string => storedName(name, isPrefixed);
  checkFit(
    config,
    source,
    [...places.values()].flatMap(({ parts }) => parts),
    zeros,
    stored,
  );
  const read = ({ name }: Part, into?: Float32Array): Float32Array => {
    const { data } = source.read(stored(name), into);
    if (data instanceof Float32Array) return data;
    throw misfit([`${name} holds integers`]);
  };
  for (const zero of zeros) {
    if (source.shapes.has(stored(zero.name)) && read(zero).some((value) => value !== 0))
      throw misfit([`${zero.name} is not zero, and the config says that there is no bias`]);
  }
  return (ours, into) => {
    const { parts, transposed } = places.get(ours) as Place;
    if (parts.length === 1 && !transposed) return read(parts[0] as Part, into);
    const width = parts.reduce((sum, { shape }) => sum + (shape[0] as number), 0);
    const inputs = transposed ? (parts[0]?.shape[1] as number) : 1;
    let offset = 0;
    for (const part of parts) {
      const out = part.shape[0] as number;
      const values = read(part);
      for (let o = 0; o < out; o++) {
        for (let i = 0; i < inputs; i++) into[i * width + offset + o] = values[o * inputs + i] as number;
      }
      offset += out;
    }
  };
}

const PREFIX = 'transformer.';

function storedName(name: string, isPrefixed: boolean): string {
  return isPrefixed && !name.startsWith('lm_head') ? PREFIX + name : name;
}

/** Columns `offset` to `offset` + `out` of `data` [inputs, width], transposed: [out, inputs]. */
function columns(
  data: Float32Array,
  width: number,
  offset: number,
  out: number,
  inputs: number,
): Float32Array {
  const transposed = new Float32Array(out * inputs);
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < inputs; i++) transposed[o * inputs + i] = data[i * width + offset + o] as number;
  }
  return transposed;
}

function checkFit(
  { tieEmbeddings }: GPTConfig,
  { shapes }: TensorSource,
  needed: readonly Part[],
  zeros: readonly Part[],
  stored: (name: string) => string,
): void {
  const problems: string[] = [];
  for (const { name, shape } of needed) {
    const found = shapes.get(stored(name));
    if (found === undefined) problems.push(`${name} [${shape}] is missing`);
    else if (String(found) !== String(shape)) problems.push(`${name} is [${found}] and should be [${shape}]`);
  }
  const known = new Set([...needed, ...zeros].map(({ name }) => stored(name)));
  if (tieEmbeddings) known.add('lm_head.weight'); // some files hold it twice
  for (const name of shapes.keys()) {
    if (!known.has(name) && !buffers.test(name)) problems.push(`${name} is not a parameter of it`);
  }
  if (problems.length > 0) throw misfit(problems);
}
