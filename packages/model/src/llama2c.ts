/**
 * The model files of llama2.c (karpathy/llama2.c, `export.py --version 0`): seven int32 of shape, then float32
 * parameters kind by kind. Linear layers are [out, in]; heads of queries and keys pair neighbours (2i, 2i + 1) where
 * Hugging Face pairs the halves (i, i + D/2).
 */
import { TinyllmError } from '@tinyllm/common';
import { type GPTConfig, gptConfig, llama } from './config';
import { sizeOf } from './dtypes';
import { gptShapes } from './gpt-parameters';
import { familyOf } from './hugging-face-config';
import { fromHuggingFaceTensors, toHuggingFaceTensors } from './hugging-face-layout';
import { countValues, type ParameterValues } from './parameters';
import type { StoredTensor } from './safetensors';

export interface Llama2cModel {
  readonly config: GPTConfig;
  /** Values of every parameter by its name here: for `createModel`. */
  readonly parameters: ReadonlyMap<string, ParameterValues>;
  /**
   * Cosines and sines of the rotary angles, [2, blockSize, D/2], as the writer's machine computed them. Programs compute
   * their own; a file that goes out as it came needs the old ones.
   */
  readonly rotations: Float32Array;
}

const HEADER_BYTES = 28;
/** Kinds of parameters of a layer, in the order of the file. */
const kinds = [
  'input_layernorm',
  'self_attn.q_proj',
  'self_attn.k_proj',
  'self_attn.v_proj',
  'self_attn.o_proj',
  'post_attention_layernorm',
  'mlp.gate_proj',
  'mlp.down_proj',
  'mlp.up_proj',
] as const;

/** Reads a llama2.c `.bin`. Throws `llama2c/invalid`, with what it should have been, and `config/…`. */
export function readLlama2c(file: Uint8Array): Llama2cModel {
  const bytes = file.byteOffset % 4 === 0 ? file : new Uint8Array(file); // slice of a Buffer does not copy
  if (bytes.length < HEADER_BYTES) throw invalid(`it has ${bytes.length} bytes, and its header takes 28`);
  const header = new Int32Array(bytes.buffer, bytes.byteOffset, 7);
  const [nEmbd, nInner, nLayer, nHead, nKvHead, vocabSize, blockSize] = [...header] as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const config = gptConfig({
    ...llama,
    vocabSize: Math.abs(vocabSize),
    blockSize,
    nLayer,
    nHead,
    nKvHead,
    nEmbd,
    nInner,
    tieEmbeddings: vocabSize > 0, // a negative size says that the head is its own
  });
  const rotationCount = (blockSize * nEmbd) / nHead;
  const expected = HEADER_BYTES + 4 * (countValues(gptShapes(config)) + rotationCount);
  if (bytes.length !== expected)
    throw invalid(`its header (${[...header]}) asks for ${expected} bytes, and it has ${bytes.length}`);
  const shapes = new Map(toHuggingFaceTensors(config).map(({ name, shape }) => [name, shape]));
  const tensors = new Map<string, StoredTensor>();
  let at = bytes.byteOffset + HEADER_BYTES;
  let rotations = new Float32Array();
  for (const name of order(config)) {
    const shape = shapes.get(name);
    const data = new Float32Array(bytes.buffer, at, shape ? sizeOf(shape) : rotationCount);
    at += data.byteLength;
    if (shape) tensors.set(name, { shape, data: turnsHeads(name) ? regroup(data, config, halves) : data });
    else rotations = data.slice();
  }
  const source = {
    shapes: new Map([...tensors].map(([name, { shape }]) => [name, shape])),
    read(name: string, into?: Float32Array): StoredTensor {
      const stored = tensors.get(name) as StoredTensor;
      into?.set(stored.data);
      return stored;
    },
  };
  const fill = fromHuggingFaceTensors(config, source);
  const parameters = new Map<string, ParameterValues>();
  for (const [name, shape] of gptShapes(config)) {
    const data = new Float32Array(sizeOf(shape));
    fill(name, data);
    parameters.set(name, { shape, data });
  }
  return { config, parameters, rotations };
}

/**
 * The bytes of a llama2.c `.bin`. `rotations` are computed where they are not given. Throws `llama2c/unsupported`, naming
 * the field, for what llama2.c does not compute.
 */
export function writeLlama2c({
  config,
  parameters,
  rotations = rotationsOf(config),
}: Omit<Llama2cModel, 'rotations'> & { readonly rotations?: Float32Array }): Uint8Array<ArrayBuffer> {
  checkSupported(config);
  const { nEmbd, nInner, nLayer, nHead, nKvHead, vocabSize, blockSize, tieEmbeddings } = config;
  const parts = new Map(toHuggingFaceTensors(config).map((part) => [part.name, part]));
  const file = new Uint8Array(HEADER_BYTES + 4 * (countValues(gptShapes(config)) + rotations.length));
  const header = [nEmbd, nInner, nLayer, nHead, nKvHead, tieEmbeddings ? vocabSize : -vocabSize, blockSize];
  new Int32Array(file.buffer, 0, 7).set(header);
  const values = new Float32Array(file.buffer, HEADER_BYTES);
  let at = 0;
  for (const name of order(config)) {
    const part = parts.get(name);
    const data = part ? part.take(parameters.get(part.parameter as string)?.data as Float32Array) : rotations;
    values.set(turnsHeads(name) ? regroup(data, config, neighbours) : data, at);
    at += data.length;
  }
  return file;
}

/** Names in the order of the file; `rotations` are no parameter. */
function order({ nLayer, tieEmbeddings }: GPTConfig): string[] {
  const layers = Array.from({ length: nLayer }, (_, layer) => layer);
  const perKind = kinds.flatMap((kind) => layers.map((layer) => `model.layers.${layer}.${kind}.weight`));
  const head = tieEmbeddings ? [] : ['lm_head.weight'];
  return ['model.embed_tokens.weight', ...perKind, 'model.norm.weight', 'rotations', ...head];
}

function turnsHeads(name: string): boolean {
  return name.endsWith('q_proj.weight') || name.endsWith('k_proj.weight');
}

/** From which row of a head of D rows each row comes: pairs as halves, from neighbours; and back. */
const halves = (row: number, D: number): number => (row < D / 2 ? 2 * row : 2 * (row - D / 2) + 1);
const neighbours = (row: number, D: number): number => (row % 2) * (D / 2) + Math.floor(row / 2);

/** The rows of a projection [heads · D, C], head by head in another order. */
function regroup(data: Float32Array, { nEmbd, nHead }: GPTConfig, from: typeof halves): Float32Array {
  const D = nEmbd / nHead;
  const regrouped = new Float32Array(data.length);
  for (let row = 0; row < data.length / nEmbd; row++) {
    const source = row - (row % D) + from(row % D, D);
    regrouped.set(data.subarray(source * nEmbd, (source + 1) * nEmbd), row * nEmbd);
  }
  return regrouped;
}

function rotationsOf({ blockSize, nEmbd, nHead, ropeTheta }: GPTConfig): Float32Array {
  const { fround } = Math;
  const half = nEmbd / nHead / 2;
  const rotations = new Float32Array(2 * blockSize * half);
  for (let t = 0; t < blockSize; t++) {
    for (let i = 0; i < half; i++) {
      const angle = fround(t * fround(1 / fround(ropeTheta ** (i / half))));
      rotations[t * half + i] = Math.cos(angle);
      rotations[(blockSize + t) * half + i] = Math.sin(angle);
    }
  }
  return rotations;
}

function checkSupported(config: GPTConfig): void {
  const wanted = { ...llama, qkNorm: false, normEpsilon: 1e-5, ropeTheta: 10_000 } as const;
  for (const [field, value] of Object.entries(wanted)) {
    const given = config[field as keyof typeof wanted];
    if (given === value) continue;
    throw new TinyllmError(
      'llama2c/unsupported',
      `llama2.c computes models whose ${field} is ${JSON.stringify(value)}, and this one's is ${JSON.stringify(given)}. ` +
        (familyOf(config) ? 'Export it for Hugging Face instead.' : 'Keep it as it is.'),
    );
  }
}

function invalid(problem: string): TinyllmError {
  return new TinyllmError(
    'llama2c/invalid',
    `This is not a whole llama2.c model (version 0): ${problem}. Download or export it again.`,
  );
}
