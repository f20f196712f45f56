import { TinyllmError } from '@tinyllm/common';
import type { Bigram } from './bigram';
import { type BigramConfig, bigramConfig, type GPTOptions, gptConfig } from './config';
import type { FloatDtype } from './dtypes';
import type { GPT } from './gpt-parameters';
import { familyOf, fromHuggingFaceConfig, type TextTokens, toHuggingFaceConfig } from './hugging-face-config';
import { fromHuggingFaceTensors, toHuggingFaceTensors } from './hugging-face-layout';
import { type Model, type ModelConfig, parameterShapes } from './model';
import { createParameters, fitParameters, flattenParameters, type ParameterValues } from './parameters';
import {
  bytesSource,
  openSafetensors,
  type StoredTensor,
  type TensorSource,
  writeSafetensors,
} from './safetensors';

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

/** Reads a model's parameters back from its backend, and gives `savedModel` of them. The model stays as it is. */
export async function saveModel(model: Model, options?: SaveOptions): Promise<SavedModel> {
  return savedModel(model, await readParameters(model), options);
}

/**
 * A model of these parameters as files. A GPT of GPT-2's or Llama's family is saved as Hugging Face's `GPT2LMHeadModel`
 * or `LlamaForCausalLM`, with their config and names; others as they are here.
 */
export function savedModel(
  model: ModelConfig,
  parameters: ReadonlyMap<string, ParameterValues>,
  { dtype, tokens }: SaveOptions = {},
): SavedModel {
  const isGPT = model.architecture === 'gpt';
  const tensors: ReadonlyMap<string, StoredTensor> = isGPT
    ? new Map(toHuggingFaceTensors(model.config, parameters))
    : parameters;
  const config =
    isGPT && familyOf(model.config)
      ? toHuggingFaceConfig(model.config, tokens)
      : { architecture: model.architecture, ...model.config };
  return { config, safetensors: writeSafetensors(tensors, { format: 'pt' }, dtype) };
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
  readonly safetensors: Uint8Array | TensorSource;
}): Model {
  const model = modelConfig(config);
  const source = safetensors instanceof Uint8Array ? openSafetensors(bytesSource(safetensors)) : safetensors;
  return build(model, valuesIn(model, source));
}

/** The parameters that `savedModel` was given, by our names, on no backend. Throws as `loadModel` does. */
export function loadParameters({
  config,
  safetensors,
}: {
  readonly config: unknown;
  readonly safetensors: Uint8Array;
}): Map<string, ParameterValues> {
  const model = modelConfig(config);
  const fill = valuesIn(model, openSafetensors(bytesSource(safetensors)));
  const read = (name: string, shape: readonly number[]): ParameterValues => {
    const data = new Float32Array(shape.reduce((size, side) => size * side, 1));
    fill(name, data);
    return { shape, data };
  };
  return new Map([...parameterShapes(model)].map(([name, shape]) => [name, read(name, shape)]));
}

/** Writes the values of a parameter of `model`, by our name, into an array of its size. */
function valuesIn(model: ModelConfig, source: TensorSource): (name: string, values: Float32Array) => void {
  if (model.architecture === 'gpt') return fromHuggingFaceTensors(model.config, source);
  const values = [...source.shapes.keys()].map((name) => [name, source.read(name)] as const);
  return fitParameters(parameterShapes(model), new Map(values as [string, ParameterValues][]));
}

/** The architecture and config in a `config.json`, ours or Hugging Face's. Throws `config/…` and `hugging-face/unsupported`. */
export function modelConfig(config: unknown): ModelConfig {
  const { architecture, ...fields } = (config ?? {}) as Record<string, unknown>;
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
