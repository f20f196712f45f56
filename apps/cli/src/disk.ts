/** Folders that appear whole or not at all, files of any size, and files that are only added to. */
import { type FileHandle, mkdir, open, readdir, rm, stat, truncate } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { renameOver } from '@tinyllm/common/disk';

/** Makes a folder that appears when `fill` has filled it; gives what that gives. */
export async function makeFolder<T>(out: string, fill: (folder: string) => Promise<T>): Promise<T> {
  const path = resolve(out); // without a slash at its end
  const temporary = `${path}.partial`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  try {
    const filled = await fill(temporary);
    await renameOver(temporary, path);
    return filled;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** Bytes that are read or hashed at once: 16 MiB. */
export const PIECE: number = 2 ** 24;

/** The bytes of a file of any size: `readFile` refuses 2 GiB and more. Throws as `open` does. */
export async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array((await file.stat()).size);
    let at = 0;
    while (at < bytes.length) {
      const { bytesRead } = await file.read(bytes.subarray(at, at + PIECE));
      if (bytesRead === 0) break; // it was cut short meanwhile
      at += bytesRead;
    }
    return bytes.subarray(0, at);
  } finally {
    await file.close();
  }
}

/** The names in a folder; none where there is no folder. */
export async function namesIn(path: string): Promise<string[]> {
  return readdir(path).catch(() => []);
}

/** The folders in a folder, hidden ones left out, and when each last changed, in milliseconds since 1970. */
export async function foldersIn(folder: string): Promise<{ path: string; time: number }[]> {
  const names = (await namesIn(folder)).filter((name) => !name.startsWith('.'));
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const stats = await stat(path).catch(() => undefined); // a link to nowhere, or removed just now
      return stats?.isDirectory() ? [{ path, time: stats.mtimeMs }] : [];
    }),
  );
  return found.flat();
}

interface Log {
  readonly handle: FileHandle;
  length: number;
}

/** Files of one folder that are only added to. */
export class Logs {
  readonly #folder: string;
  readonly #files: Map<string, Log>;

  private constructor(folder: string, files: Map<string, Log>) {
    this.#folder = folder;
    this.#files = files;
  }

  /** The logs of `folder`, cut back to `lengths`, in bytes, that they had at an earlier moment. */
  static async open(folder: string, lengths: Readonly<Record<string, number>>): Promise<Logs> {
    const files = new Map<string, Log>();
    for (const [name, length] of Object.entries(lengths))
      files.set(name, await openLog(folder, name, length));
    return new Logs(folder, files);
  }

  /** Adds to a file, a new one at the first time. */
  async append(name: string, data: string | Uint8Array): Promise<void> {
    const log = this.#files.get(name) ?? (await openLog(this.#folder, name, 0));
    this.#files.set(name, log);
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    await log.handle.appendFile(bytes);
    log.length += bytes.length;
  }

  /** How long each file is, in bytes. */
  lengths(): Record<string, number> {
    return Object.fromEntries([...this.#files].map(([name, { length }]) => [name, length]));
  }

  /** Waits until the disk has all that was added. */
  async sync(): Promise<void> {
    await Promise.all([...this.#files.values()].map(({ handle }) => handle.datasync()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map(({ handle }) => handle.close()));
    this.#files.clear();
  }
}

async function openLog(folder: string, name: string, wanted: number): Promise<Log> {
  const path = join(folder, name);
  const handle = await open(path, 'a');
  const { size } = await handle.stat();
  const length = Math.min(size, wanted);
  if (length < size) await truncate(path, length); // not by the handle: Windows lets one for appending only append
  return { handle, length };
}
