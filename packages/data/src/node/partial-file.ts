import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, rm, truncate } from 'node:fs/promises';
import { renameOver } from '@tinyllm/common/disk';
import { onDisk } from './disk';

/** Bytes read at once. */
const CHUNK = 1 << 20;

/** A file that is being downloaded, in `<path>.partial` until it is whole, with the SHA-256 of what there is. */
export class PartialFile {
  /** Bytes there are. */
  length = 0;
  readonly #path: string;
  readonly #file: FileHandle;
  #hash: Hash = createHash('sha256');

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  /** Opens what an earlier download of `path` left, or an empty file, in a folder that is there. Throws `data/unwritable`. */
  static async open(path: string): Promise<PartialFile> {
    const file = await onDisk(path, () => open(`${path}.partial`, 'a+'));
    const partial = new PartialFile(path, file);
    partial.length = await hashFile(file, partial.#hash);
    return partial;
  }

  /** Throws `data/unwritable`. */
  async append(bytes: Uint8Array): Promise<void> {
    await onDisk(this.#path, () => this.#file.appendFile(bytes));
    this.#hash.update(bytes);
    this.length += bytes.length;
  }

  /** Forgets all bytes. */
  async restart(): Promise<void> {
    await onDisk(this.#path, () => truncate(`${this.#path}.partial`)); // Windows: not by a handle for appending
    this.#hash = createHash('sha256');
    this.length = 0;
  }

  /** The SHA-256 of all bytes, in hexadecimal. */
  sha256(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Gives the file its name, once the disk has all of it. */
  async finish(): Promise<void> {
    await onDisk(this.#path, async () => {
      await this.#file.datasync();
      await this.#file.close();
      await renameOver(`${this.#path}.partial`, this.#path);
    });
  }

  /** Leaves what there is for the next download. */
  async close(): Promise<void> {
    await this.#file.close();
  }

  /** Removes it. */
  async remove(): Promise<void> {
    await this.#file.close();
    await rm(`${this.#path}.partial`, { force: true });
  }
}

/** Adds the bytes of `file` to `hash`; how many there are. */
async function hashFile(file: FileHandle, hash: Hash): Promise<number> {
  const chunk = Buffer.allocUnsafe(CHUNK);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK, length);
    if (bytesRead === 0) return length;
    hash.update(chunk.subarray(0, bytesRead));
    length += bytesRead;
  }
}

/** The SHA-256 of the file at `path`, in hexadecimal. */
export async function sha256OfFile(path: string): Promise<string> {
  const file = await open(path, 'r');
  const hash = createHash('sha256');
  await hashFile(file, hash).finally(() => file.close());
  return hash.digest('hex');
}
