/** Token files, read by range: `openTokenFile` for one of any kind, `openPrepared` for a folder of `prepare`. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import type { TokenIds } from '../token-ids';
import { type PreparedMeta, readWholeMeta, tokenFiles } from './meta';
import { cannotRead } from './read-text';
import { swap } from './token-writer';

/** The ids of a file, which are read when they are asked for; close it when you are done. */
export interface TokenFile extends TokenIds {
  readonly path: string;
  readonly dtype: 'uint16' | 'uint32';
  slice(start: number, end: number): Uint16Array | Uint32Array;
  close(): void;
}

/** llm.c's headers are 256 int32: magic number, version, tokens. Of each magic number, the version and the type. */
const HEADER = 1024;
const llmc: Readonly<Record<number, readonly [version: number, dtype: TokenFile['dtype']]>> = {
  20240520: [1, 'uint16'], // GPT-2's ids
  20240801: [7, 'uint32'], // Llama 3's
};

/**
 * Opens a token file: nanoGPT's, ids without a header, or llm.c's, which has one that says what the ids are. `dtype`
 * is that of a file without a header, default uint16. Nothing is loaded: `slice` reads what it gives.
 * Throws `data/file-not-found`, `data/not-a-file`, `data/file-unreadable` and `data/bad-token-file`.
 */
export function openTokenFile(
  path: string,
  { dtype: given = 'uint16' }: { readonly dtype?: TokenFile['dtype'] } = {},
): TokenFile {
  const { file, size } = open(path);
  const header = size < HEADER ? undefined : Buffer.from(read(file, 0, 12));
  const [version, headerType] = llmc[header?.readInt32LE(0) ?? 0] ?? [];
  // Two ids of a headerless file can look like a magic number, but hardly like a version as well.
  const hasHeader = header !== undefined && version !== undefined && header.readInt32LE(4) === version;
  const dtype = hasHeader && headerType !== undefined ? headerType : given;
  const bytesPerId = dtype === 'uint16' ? 2 : 4;
  const offset = hasHeader ? HEADER : 0;
  const length = (size - offset) / bytesPerId;
  const said = hasHeader ? header.readInt32LE(8) : length;
  if (!Number.isInteger(length) || said !== length) {
    closeSync(file);
    throw new TinyllmError(
      'data/bad-token-file',
      `${path} has ${size - offset} bytes of ids, but ${hasHeader ? `its header says ${said} ids of ` : 'ids have '}` +
        `${bytesPerId} bytes each (${dtype}). It was cut, or its ids are of another type.`,
    );
  }
  return {
    path,
    dtype,
    length,
    slice(start, end) {
      const bytes = read(file, offset + start * bytesPerId, Math.max(0, end - start) * bytesPerId);
      if (endianness() === 'BE') swap(Buffer.from(bytes.buffer), bytesPerId);
      return dtype === 'uint16' ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
    },
    close: () => closeSync(file),
  };
}

function open(path: string): { file: number; size: number } {
  try {
    const file = openSync(path, 'r');
    const found = fstatSync(file);
    if (found.isFile()) return { file, size: found.size };
    closeSync(file);
  } catch (cause) {
    throw cannotRead(path, cause as NodeJS.ErrnoException);
  }
  throw new TinyllmError('data/not-a-file', `${path} is not a file. Give the path of a file of token ids.`);
}

/** `length` bytes from `position` on, fewer where the file ends, in a buffer of their own. */
function read(file: number, position: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = readSync(file, bytes, done, length - done, position + done);
    if (count === 0) return bytes.slice(0, done);
    done += count;
  }
  return bytes;
}

/** A folder that `prepare` made. */
export interface Prepared {
  readonly meta: PreparedMeta;
  readonly train: TokenFile;
  readonly validation: TokenFile;
  close(): void;
}

/**
 * Opens the folder of a preparation. Throws `data/not-prepared` when it has no `meta.json`, or token files of another
 * length than that says, and `data/bad-meta`.
 */
export async function openPrepared(folder: string): Promise<Prepared> {
  const meta = await readWholeMeta(folder);
  if (meta === undefined) {
    throw new TinyllmError(
      'data/not-prepared',
      `${folder} has no meta.json with the token files that it describes. Prepare a corpus into it first.`,
    );
  }
  const { dtype } = meta;
  const train = openTokenFile(join(folder, tokenFiles.train), { dtype });
  const validation = openTokenFile(join(folder, tokenFiles.validation), { dtype });
  return {
    meta,
    train,
    validation,
    close() {
      train.close();
      validation.close();
    },
  };
}
