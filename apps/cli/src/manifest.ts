/** `MANIFEST.json`: size and sha256 of every file of a checkpoint. What does not match it is never loaded. */
import { createHash, webcrypto } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { macrotask, TinyllmError } from '@tinyllm/common';
import { PIECE, readWhole } from './disk';
import { checkName } from './names';

export const MANIFEST = 'MANIFEST.json';

/** By the name of the file. */
export type Manifest = Readonly<Record<string, { readonly size: number; readonly sha256: string }>>;

/** Size and hash of each file. */
export async function manifestOf(files: ReadonlyMap<string, Uint8Array>): Promise<Manifest> {
  const entries: [string, Manifest[string]][] = [];
  for (const [name, data] of files) entries.push([name, { size: data.length, sha256: await sha256(data) }]);
  return Object.fromEntries(entries);
}

/**
 * The manifest of a folder, whose files are all there and of the right size. Throws `checkpoint/damaged`, also where
 * there is none: then the folder was never finished.
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch((cause) => {
    throw damaged(folder, `it has no ${MANIFEST}`, cause);
  });
  const manifest = parse(text);
  if (manifest === undefined) throw damaged(folder, `its ${MANIFEST} is not whole`);
  for (const [name, { size }] of Object.entries(manifest)) {
    checkName(name, join(folder, MANIFEST));
    const actual = await stat(join(folder, name)).catch(() => undefined);
    if (actual?.size !== size) {
      throw damaged(folder, `${name} has ${actual?.size ?? 'no'} bytes, and should have ${size}`);
    }
  }
  return manifest;
}

/** Reads a file of a folder that must be as its manifest says. Throws `checkpoint/damaged`. */
export async function readVerified(
  folder: string,
  manifest: Manifest,
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const data = await readWhole(join(folder, name)).catch((cause) => {
    throw damaged(folder, `${name} cannot be read`, cause);
  });
  if (manifest[name]?.sha256 !== (await sha256(data))) {
    throw differs(folder, name);
  }
  return data;
}

/** Sees that a file of a folder is as its manifest says, a part at a time. Throws `checkpoint/damaged`. */
export async function verify(folder: string, manifest: Manifest, name: string): Promise<void> {
  const hash = createHash('sha256');
  try {
    for await (const part of createReadStream(join(folder, name), { highWaterMark: 2 ** 20 }))
      hash.update(part);
  } catch (cause) {
    throw damaged(folder, `${name} cannot be read`, cause);
  }
  if (manifest[name]?.sha256 !== hash.digest('hex')) throw differs(folder, name);
}

/** Bytes of which OpenSSL makes a hash at once. */
const MOST_AT_ONCE = 2 ** 31 - 1;

/** On another thread, so that a training goes on meanwhile; what is too large for that in pieces, between its steps. */
async function sha256(data: Uint8Array): Promise<string> {
  if (data.length <= MOST_AT_ONCE) {
    return Buffer.from(await webcrypto.subtle.digest('SHA-256', data)).toString('hex');
  }
  const hash = createHash('sha256');
  for (let at = 0; at < data.length; at += PIECE) {
    hash.update(data.subarray(at, at + PIECE));
    await macrotask();
  }
  return hash.digest('hex');
}

function parse(text: string): Manifest | undefined {
  try {
    const { files } = JSON.parse(text);
    const entries = Object.values(files as Record<string, { sha256?: unknown } | null>);
    return entries.every((entry) => typeof entry?.sha256 === 'string') ? files : undefined;
  } catch {
    return undefined;
  }
}

function differs(folder: string, name: string): TinyllmError {
  return damaged(folder, `${name} is not what was written: its sha256 differs`);
}

function damaged(folder: string, problem: string, cause?: unknown): TinyllmError {
  return new TinyllmError(
    'checkpoint/damaged',
    `${folder} is not a whole checkpoint: ${problem}. Choose another folder of checkpoints/.`,
    { cause },
  );
}
