/** The end of a preparation. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile, syncFolder } from '@tinyllm/common/disk';
import { onDisk } from './disk';
import { journalPath } from './journal';
import { type PreparedMeta, tokenFiles } from './meta';
import { giveName } from './token-writer';

/** What `prepare` made, or found made. */
export interface PrepareResult {
  readonly meta: PreparedMeta;
  /** Whether the files were there already, for the same input. */
  readonly reused: boolean;
}

/** Gives the token files their names, then writes `meta.json`. Cut short, it is done again by the next call. */
export async function giveNames(out: string, meta: PreparedMeta): Promise<void> {
  await rm(join(out, 'meta.json'), { force: true }); // that of other token files
  await giveName(join(out, tokenFiles.train));
  await giveName(join(out, tokenFiles.validation));
  await syncFolder(out);
  await onDisk(out, () => replaceFile(join(out, 'meta.json'), `${JSON.stringify(meta, null, 2)}\n`));
  await rm(journalPath(out), { force: true });
}
