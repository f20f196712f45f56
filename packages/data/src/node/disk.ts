/** Failures to write, as errors that say what to do. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TinyllmError } from '@tinyllm/common';

/** Makes the folder that `path` is in. Throws `data/unwritable`. */
export async function makeFolderOf(path: string): Promise<void> {
  await onDisk(path, () => mkdir(dirname(path), { recursive: true }));
}

/** What `write` gives; its failure as `data/unwritable`, naming `path`. */
export async function onDisk<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    throw new TinyllmError(
      'data/unwritable',
      `Could not write ${path}: ${(cause as Error).message}. ` +
        'Free some space, or choose another folder (TINYLLM_CACHE is the one of downloads).',
      { cause },
    );
  }
}
