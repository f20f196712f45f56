import { type FileHandle, open, stat } from 'node:fs/promises';
import { endianness } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { renameOver } from '@tinyllm/common/disk';
import { onDisk } from './disk';

/** Ids that are written to a token file, which has its name only when it is whole. */
export class TokenWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  #position: number;

  private constructor(path: string, file: FileHandle, position: number) {
    this.#path = path;
    this.#file = file;
    this.#position = position;
  }

  /** Opens the partial file of `path`, and forgets what it has beyond `length` bytes. */
  static async open(path: string, length: number): Promise<TokenWriter> {
    return onDisk(path, async () => {
      const file = await open(partialPath(path), length === 0 ? 'w' : 'r+');
      await file.truncate(length);
      return new TokenWriter(path, file, length);
    });
  }

  async append(ids: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>): Promise<void> {
    const bytes = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength);
    if (endianness() === 'BE') swap(bytes, ids.BYTES_PER_ELEMENT);
    await onDisk(this.#path, async () => {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#position + at);
        at += bytesWritten;
      }
    });
    this.#position += bytes.length;
  }

  /** Waits until the disk has all of it. */
  async sync(): Promise<void> {
    await onDisk(this.#path, () => this.#file.datasync());
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Turns the bytes of each id round: files are little-endian, whatever the machine is. */
export function swap(bytes: Buffer, bytesPerId: number): void {
  if (bytesPerId === 2) bytes.swap16();
  else bytes.swap32();
}

/** Where a token file is written before it is whole. */
export function partialPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.partial`);
}

/** Whether there is a file with at least `length` bytes. */
export async function hasBytes(path: string, length: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && found.size >= length;
}

/** Gives the token file its name; one that has it already keeps it. */
export async function giveName(path: string): Promise<void> {
  if (await hasBytes(partialPath(path), 0)) await onDisk(path, () => renameOver(partialPath(path), path));
}
