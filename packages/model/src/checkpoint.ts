import { TinyllmError } from '@tinyllm/common';
import type { Bigram } from './bigram';
import { type BigramConfig, bigramConfig, type GPTOptions, gptConfig } from './config';
import { bytesOf, checkFloatDtype, encode, type FloatDtype, sizeOf } from './dtypes';
import type { GPT } from './gpt-parameters';
import { familyOf, fromHuggingFaceConfig, type TextTokens, toHuggingFaceConfig } from './hugging-face-config';
import { fromHuggingFaceTensors, type StoredPart, toHuggingFaceTensors } from './hugging-face-layout';
import { type Model, type ModelConfig, parameterShapes } from './model';
import { createParameters, fitParameters, flattenParameters, type ParameterValues } from './parameters';
import {
  bytesSource,
  openSafetensors,
  type StoredTensor,
  safetensorsHeader,
  type TensorSource,
  writeSafetensors,
} from './safetensors';
import { planShards } from './shards';

/** A model as files: `config.json` as plain data and the bytes of `model.safetensors`. */
export interface SavedModel {
  readonly config: Readonly<Record<string, unknown>>;
  readonly safetensors: Uint8Array<ArrayBuffer>;
}

export interface SaveOptions {
  /** How parameters are stored; less than F32 rounds them. Default F32. */
  readonly dtype?: FloatDtype;
  /** Ids that begin and end a text, for those who generate with Hugging Face. */
  readonly tokens?: TextTokens;
}

export interface StreamOptions extends SaveOptions {
  /** Bytes of values that a file has at most, unless one tensor has more. Default 5 GB, as with transformers. */
  readonly maxShardSize?: number;
}

/** A model as files whose bytes come in parts, each made when it is asked for. */
export interface StreamedModel extends Pick<SavedModel, 'config'> {
  /** Bytes by name, to be read once: `model.safetensors`, or its shards. */
  readonly files: ReadonlyMap<string, AsyncIterable<Uint8Array>>;
  /** Content of `model.safetensors.index.json`, where there are shards. */
  readonly index?: object;
}

/** Reads a model's parameters back from its backend, and gives `savedModel` of them. The model stays as it is. */
export async function saveModel(model: Model, options?: SaveOptions): Promise<SavedModel> {
  return savedModel(model, await readParameters(model), options);
}

/**
 * A model of these parameters as files. A GPT of GPT-2's or Llama's family is saved as Hugging Face's `GPT2LMHeadModel`
 * or `LlamaForCausalLM`, with their config and names; others as they are here. Throws `safetensors/unsupported-dtype`.
 */
export function savedModel(
  model: ModelConfig,
  parameters: ReadonlyMap<string, ParameterValues>,
  { dtype, tokens }: SaveOptions = {},
): SavedModel {
  const tensors = storedParts(model).map(({ name, shape, parameter, take }): [string, StoredTensor] => [
    name,
    {
      shape,
      data: take(parameter === undefined ? NONE : (parameters.get(parameter) as ParameterValues).data),
    },
  ]);
  return {
    config: savedConfig(model, tokens),
    safetensors: writeSafetensors(new Map(tensors), METADATA, dtype),
  };
}

/**
 * `savedModel` a tensor at a time, so that it takes little memory beyond the largest: `read` gives a parameter when it is
 * written. In more than one file, with an index, where one would have more than `maxShardSize` bytes of values. Throws
 * `safetensors/unsupported-dtype`.
 */
export function streamedModel(
  model: ModelConfig,
  read: (name: string) => ParameterValues | Promise<ParameterValues>,
  { dtype = 'F32', tokens, maxShardSize = 5e9 }: StreamOptions = {},
): StreamedModel {
  checkFloatDtype(dtype);
  const parts = new Map(storedParts(model).map((part) => [part.name, part]));
  const sizes = new Map([...parts].map(([name, { shape }]) => [name, sizeOf(shape) * bytesOf[dtype]]));
  const { files, index } = planShards(sizes, maxShardSize);
  const bytes = async function* (names: readonly string[]): AsyncGenerator<Uint8Array> {
    const own = names.map((name) => parts.get(name) as StoredPart);
    yield safetensorsHeader(
      own.map(({ name, shape }) => [name, shape, dtype] as const),
      METADATA,
    );
    let last: { name: string; data: Float32Array } | undefined; // parts of a parameter follow each other
    for (const { parameter: name, take } of own) {
      if (name !== undefined && name !== last?.name) last = { name, data: (await read(name)).data };
      yield encode(take(last?.data ?? NONE), dtype);
    }
  };
  return {
    config: savedConfig(model, tokens),
    files: new Map([...files].map(([file, names]) => [file, bytes(names)])),
    ...(index ? { index } : {}),
  };
}

/** For what needs no parameter. */
const NONE = new Float32Array();

/** What the safetensors of a model say of themselves; transformers asks for it. */
const METADATA = { format: 'pt' } as const;

function storedParts(model: ModelConfig): StoredPart[] {
  if (model.architecture === 'gpt') return toHuggingFaceTensors(model.config);
  const shapes = [...parameterShapes(model)];
  return shapes.map(([name, shape]) => ({ name, shape, parameter: name, take: (values) => values }));
}

function savedConfig(model: ModelConfig, tokens: TextTokens | undefined): SavedModel['config'] {
  return model.architecture === 'gpt' && familyOf(model.config)
    ? toHuggingFaceConfig(model.config, tokens)
    : { architecture: model.architecture, ...model.config };
}

/** Values of every parameter by its flattened name. The model stays as it is. */
export async function readParameters({ params }: Model): Promise<Map<string, ParameterValues>> {
  const values = new Map<string, ParameterValues>();
  for (const [name, parameter] of flattenParameters(params)) {
    values.set(name, { shape: parameter.shape, data: (await parameter.data()) as Float32Array });
  }
  return values;
}

/**
 * The model that `saveModel` or Hugging Face's `save_pretrained` saved, on the current backend; the caller disposes it.
 * From a `TensorSource`, tensors are read one at a time. Throws `config/…`, `safetensors/…`, `hugging-face/unsupported`
 * and `model/parameters-do-not-fit`.
 */
export function loadModel({
  config,
  safetensors,
}: {
  readonly config: unknown;
  readonly safetensors: Uint8Array | ArrayBuffer | TensorSource;
}): Model {
  const model = modelConfig(config);
  const opened = safetensors instanceof Object && 'shapes' in safetensors;
  const source = opened ? safetensors : openSafetensors(bytesSource(safetensors));
  return build(model, valuesIn(model, source));
}

/** The parameters that `savedModel` was given, by our names, on no backend. Throws as `loadModel` does. */
export function loadParameters({
  config,
  safetensors,
}: {
  readonly config: unknown;
  readonly safetensors: Uint8Array | ArrayBuffer;
}): Map<string, ParameterValues> {
  const model = modelConfig(config);
  const read = parameterReader(model, openSafetensors(bytesSource(safetensors)));
  return new Map([...parameterShapes(model).keys()].map((name) => [name, read(name)]));
}

/** What reads a parameter of `model` by our name, on no backend. Throws as `loadModel` does. */
export function parameterReader(model: ModelConfig, source: TensorSource): (name: string) => ParameterValues {
  const fill = valuesIn(model, source);
  const shapes = parameterShapes(model);
  return (name) => {
    const shape = shapes.get(name) as readonly number[];
    const data = new Float32Array(sizeOf(shape));
    fill(name, data);
    return { shape, data };
  };
}

/** Writes the values of a parameter of `model`, by our name, into an array of its size. */
function valuesIn(model: ModelConfig, source: TensorSource): (name: string, values: Float32Array) => void {
  if (model.architecture === 'gpt') return fromHuggingFaceTensors(model.config, source);
  const values = [...source.shapes.keys()].map((name) => [name, source.read(name)] as const);
  return fitParameters(parameterShapes(model), new Map(values as [string, ParameterValues][]));
}

/** The architecture and config in a `config.json`, ours or Hugging Face's. Throws `config/…` and `hugging-face/unsupported`. */
export function modelConfig(config: unknown): ModelConfig {
  if (typeof config !== 'object' || config === null) {
    const found = typeof config === 'string' ? 'a string' : String(config);
    throw new TinyllmError(
      'config/invalid',
      `Expected the parsed config.json, but got ${found}. Pass what JSON.parse gives of the file.`,
    );
  }
  const { architecture, ...fields } = config as Record<string, unknown>;
  if (fields.model_type !== undefined) return { architecture: 'gpt', config: fromHuggingFaceConfig(fields) };
  if (architecture === 'gpt') return { architecture, config: gptConfig(fields as unknown as GPTOptions) };
  if (architecture === 'bigram')
    return { architecture, config: bigramConfig(fields as unknown as BigramConfig) };
  throw new TinyllmError(
    'config/unknown-architecture',
    `The config's architecture must be "gpt" or "bigram", but is ${JSON.stringify(architecture)}.`,
  );
}

/** A model of this config with these parameter values; the caller disposes it. Throws `model/parameters-do-not-fit`. */
export function createModel(model: ModelConfig, values: ReadonlyMap<string, ParameterValues>): Model {
  return build(model, fitParameters(parameterShapes(model), values));
}

function build(model: ModelConfig, fill: (name: string, values: Float32Array) => void): Model {
  const params = createParameters(parameterShapes(model), fill);
  return { ...model, params } as GPT | Bigram;
}
