import { TinyllmError } from '@tinyllm/common';
import type { Bigram } from './bigram';
import { type BigramConfig, bigramConfig, type GPTOptions, gptConfig } from './config';
import type { GPT } from './gpt-parameters';
import { type Model, type ModelConfig, parameterShapes } from './model';
import { createParameters, fitParameters, flattenParameters, type ParameterValues } from './parameters';
import { readSafetensors, type StoredTensor, writeSafetensors } from './safetensors';

/** A model as files: `config.json` as plain data and the bytes of `model.safetensors`. */
export interface SavedModel {
  readonly config: Readonly<Record<string, unknown>>;
  readonly safetensors: Uint8Array<ArrayBuffer>;
}

/** Reads a model's parameters back from its backend, for saving. The model stays as it is. */
export async function saveModel({ architecture, config, params }: Model): Promise<SavedModel> {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, parameter] of flattenParameters(params)) {
    tensors.set(name, { shape: parameter.shape, data: (await parameter.data()) as Float32Array });
  }
  return { config: { architecture, ...config }, safetensors: writeSafetensors(tensors) };
}

/**
 * The model that `saveModel` saved, on the current backend; the caller disposes it. Throws `config/…`,
 * `safetensors/…` and `model/parameters-do-not-fit`.
 */
export function loadModel({ config, safetensors }: { config: unknown; safetensors: Uint8Array }): Model {
  return createModel(modelConfig(config), readFloats(safetensors));
}

/** The architecture and config in a `config.json`. Throws `config/…`. */
export function modelConfig(config: unknown): ModelConfig {
  const { architecture, ...fields } = (config ?? {}) as Record<string, unknown>;
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
  const shapes = parameterShapes(model);
  const params = createParameters(shapes, fitParameters(shapes, values));
  return { ...model, params } as GPT | Bigram;
}

function readFloats(safetensors: Uint8Array): Map<string, ParameterValues> {
  const values = new Map<string, ParameterValues>();
  for (const [name, { shape, data }] of readSafetensors(safetensors).tensors) {
    if (!(data instanceof Float32Array)) {
      throw new TinyllmError(
        'safetensors/unsupported-dtype',
        `${name} holds integers, and parameters are F32.`,
      );
    }
    values.set(name, { shape, data });
  }
  return values;
}
