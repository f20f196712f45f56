/** Writing files so that there is never half a one. */
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TinyllmError } from '@tinyllm/common';

/** Writes `text` under a temporary name, waits until the disk has it, and renames it to `path`. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w');
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** Waits until the disk knows which files a folder has. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return; // a folder cannot be opened there
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}

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
