/** Writing files so that a killed process or a full disk leaves the old or the new, never half. For Node only. */
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** Bytes that are written at once: 64 MiB. `writeFile` writes half of one, and each waits for a training's next step. */
const PIECE = 2 ** 26;

/** Writes a file and waits until the disk has it. */
export async function writeFlushed(path: string, data: string | Uint8Array): Promise<void> {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  const file = await open(path, 'w');
  try {
    let at = 0;
    while (at < bytes.length) {
      const { bytesWritten } = await file.write(bytes, at, Math.min(PIECE, bytes.length - at));
      at += bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Writes a file under a temporary name and renames it to `path`, which has its old content until then. */
export async function replaceFile(path: string, data: string): Promise<void> {
  await writeFlushed(`${path}.tmp`, data);
  await renameOver(`${path}.tmp`, path);
  await syncFolder(dirname(path));
}

/** Milliseconds after which a file that is held is a failure. */
const LONGEST_WAIT = 2000;

/** Renames a file or a folder, on Windows again and again while a virus scanner or an indexer reads what was just written. */
export async function renameOver(from: string, to: string): Promise<void> {
  for (let wait = 10; ; wait *= 2) {
    try {
      return await rename(from, to);
    } catch (error) {
      const isHeld = ['EPERM', 'EACCES', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (process.platform !== 'win32' || !isHeld || wait > LONGEST_WAIT) throw error;
      await setTimeout(wait);
    }
  }
}

/** Waits until the disk knows which files a folder has. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return; // a folder cannot be opened there
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}
