import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { loadModel, modelConfig, parameterReader } from '../checkpoint';
import type { Model, ModelConfig } from '../model';
import type { ParameterValues } from '../parameters';
import { type ByteSource, openSafetensors, type TensorSource } from '../safetensors';
import { openShards, SHARD_INDEX } from '../shards';

/** A file as bytes that are read a part at a time. The caller closes it. */
export function fileSource(path: string): ByteSource & { close(): void } {
  const file = openSync(path, 'r');
  return {
    size: fstatSync(file).size,
    read(start, end, bytes = Buffer.allocUnsafeSlow(end - start)) {
      for (let at = 0; at < bytes.length; ) {
        const count = readSync(file, bytes, at, bytes.length - at, start + at);
        if (count === 0)
          throw new TinyllmError('model/file-changed', `${path} became shorter while it was read.`);
        at += count;
      }
      return bytes;
    },
    close: () => closeSync(file),
  };
}

/** A model folder, of which only the config has been read. */
export interface ModelFolder {
  readonly model: ModelConfig;
  /**
   * Loads the parameters onto the current backend, one at a time, so that it takes little memory beyond the model's
   * own. The caller disposes the model. Throws as `loadModel` does.
   */
  load(): Model;
  /** Opens the files to read parameters on no backend. The caller closes them. Throws as `loadModel` does. */
  open(): ParameterFiles;
}

/** The open files of a model. */
export interface ParameterFiles {
  /** The values of a parameter, by its flattened name. */
  read(name: string): ParameterValues;
  close(): void;
}

/**
 * Opens a folder that tinyllm or Hugging Face's `save_pretrained` wrote. Throws `config/…`, `hugging-face/unsupported`,
 * and `model/unreadable-folder` where a file is missing or no JSON.
 */
export function openModelFolder(folder: string): ModelFolder {
  const json = readJSON(folder, 'config.json');
  const model = modelConfig(json);
  return {
    model,
    load() {
      const { tensors, close } = openTensors(folder);
      try {
        return loadModel({ config: json, safetensors: tensors });
      } finally {
        close();
      }
    },
    open() {
      const { tensors, close } = openTensors(folder);
      try {
        return { read: parameterReader(model, tensors), close };
      } catch (error) {
        close();
        throw error;
      }
    },
  };
}

function openTensors(folder: string): { tensors: TensorSource; close(): void } {
  const files: { close(): void }[] = [];
  const close = (): void => {
    for (const file of files) file.close();
  };
  const open = (name: string): TensorSource => {
    const file = fileSource(join(folder, name));
    files.push(file);
    return openSafetensors(file);
  };
  try {
    if (existsSync(join(folder, 'model.safetensors'))) return { tensors: open('model.safetensors'), close };
    return { tensors: openShards(readJSON(folder, SHARD_INDEX), open), close };
  } catch (error) {
    close();
    throw error;
  }
}

function readJSON(folder: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, name), 'utf8'));
  } catch (cause) {
    throw new TinyllmError(
      'model/unreadable-folder',
      `Could not read ${join(folder, name)}: ${(cause as Error).message}. A model folder has config.json and ` +
        `model.safetensors, or the latter in shards with ${SHARD_INDEX}.`,
      { cause },
    );
  }
}
