import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { loadModel, modelConfig } from '../checkpoint';
import type { Model, ModelConfig } from '../model';
import { type ByteSource, openSafetensors, type TensorSource } from '../safetensors';
import { openShards } from '../shards';

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
}

/**
 * Opens a folder that tinyllm or Hugging Face's `save_pretrained` wrote. Throws `config/…`, `hugging-face/unsupported`,
 * and `model/unreadable-folder` where a file is missing or no JSON.
 */
export function openModelFolder(folder: string): ModelFolder {
  const json = readJSON(folder, 'config.json');
  return {
    model: modelConfig(json),
    load() {
      const files: { close(): void }[] = [];
      const open = (name: string): TensorSource => {
        const file = fileSource(join(folder, name));
        files.push(file);
        return openSafetensors(file);
      };
      try {
        return loadModel({ config: json, safetensors: openTensors(folder, open) });
      } finally {
        for (const file of files) file.close();
      }
    },
  };
}

function openTensors(folder: string, open: (name: string) => TensorSource): TensorSource {
  try {
    return open('model.safetensors');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return openShards(readJSON(folder, 'model.safetensors.index.json'), open);
  }
}

function readJSON(folder: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, name), 'utf8'));
  } catch (cause) {
    throw new TinyllmError(
      'model/unreadable-folder',
      `Could not read ${join(folder, name)}: ${(cause as Error).message}. A model folder has config.json and ` +
        'model.safetensors, or the latter in shards with model.safetensors.index.json.',
      { cause },
    );
  }
}
