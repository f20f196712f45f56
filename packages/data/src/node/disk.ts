/** What keeps files from being written, as errors that say what to do. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { lock } from '@tinyllm/common/lock';

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

/** What `write` gives, while nobody else writes to `path`, whose folder is there. Throws `data/in-use` where somebody does. */
export async function alone<T>(path: string, write: () => Promise<T>): Promise<T> {
  const held = await lock(path);
  if (held === undefined) {
    throw new TinyllmError(
      'data/in-use',
      `Another process is writing ${path}. Wait until it has ended, and do this again.`,
    );
  }
  return write().finally(held.release);
}
