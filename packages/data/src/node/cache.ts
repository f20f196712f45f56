/** Downloaded files, kept in a folder of the user's. */
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { replaceFile } from '@tinyllm/common/disk';
import { type DownloadOptions, download, type RemoteFile } from './download';
import { sha256OfFile } from './partial-file';

/**
 * Where downloads are kept: TINYLLM_CACHE, else `tinyllm` in XDG_CACHE_HOME, on Windows in LOCALAPPDATA, else in
 * `~/.cache`.
 */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { TINYLLM_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = environment;
  if (TINYLLM_CACHE) return TINYLLM_CACHE;
  const local = process.platform === 'win32' ? LOCALAPPDATA : undefined;
  return join(XDG_CACHE_HOME || local || join(homedir(), '.cache'), 'tinyllm');
}

/**
 * Makes sure that `path` is `file`: one that is there already, put there by hand perhaps, is checked once, and its
 * SHA-256 noted in `<path>.sha256`; one that is missing is downloaded, unless TINYLLM_OFFLINE is set. Throws
 * `data/wrong-file` and what `download` throws, saying which file to put where.
 */
export async function cached(file: RemoteFile, path: string, options: DownloadOptions = {}): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined) return check(file, path, found.size);
  try {
    if (process.env.TINYLLM_OFFLINE) {
      throw new TinyllmError('data/offline', `TINYLLM_OFFLINE is set, so ${file.url} is not downloaded.`);
    }
    await download(file, path, options);
  } catch (error) {
    if (!(error instanceof TinyllmError) || error.code === 'data/unwritable') throw error;
    throw new TinyllmError(
      error.code,
      `${error.message} You can also get the file in another way and put it here: ${path} ` +
        `(${file.size.toLocaleString('en')} bytes, SHA-256 ${file.sha256}).`,
      { cause: error },
    );
  }
  await noteChecked(file, path);
}

async function check(file: RemoteFile, path: string, size: number): Promise<void> {
  const note = await readFile(`${path}.sha256`, 'utf8').catch(() => '');
  if (size === file.size && note.startsWith(file.sha256)) return;
  const got = size === file.size ? await sha256OfFile(path) : undefined;
  if (got !== file.sha256) {
    const what =
      got === undefined
        ? `${size} bytes in place of ${file.size}`
        : `the SHA-256 ${got} in place of ${file.sha256}`;
    throw new TinyllmError(
      'data/wrong-file',
      `${path} is not ${file.url}: it has ${what}. Remove it, and it is downloaded again.`,
    );
  }
  await noteChecked(file, path);
}

/** In the format of `sha256sum --check`. */
async function noteChecked({ sha256 }: RemoteFile, path: string): Promise<void> {
  const note = replaceFile(`${path}.sha256`, `${sha256}  ${basename(path)}\n`);
  await note.catch(() => {}); // it saves a check next time, no more
}
