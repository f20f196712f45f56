/** What a preparation has done so far, so that the next one goes on from there. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '@tinyllm/common/disk';
import { type SplitCounts, tokenFiles } from './meta';
import type { PartBlocks } from './part';
import type { SplitPlan } from './split-corpus';
import { hasBytes, partialPath } from './token-writer';

/** The journal: true of what is on the disk at any moment. */
export interface Journal {
  /** `key` of the `meta.json` that is to be. */
  readonly key: string;
  readonly plan: SplitPlan;
  /** The number of the next block: those before it are in the partial token files, or in another part. */
  readonly blocks: number;
  /** The number of the block that the next part begins with; none where this goes to the end. */
  readonly until?: number;
  /** Of a part, the SHA-256 of the whole text. */
  readonly text?: string;
  readonly train: SplitCounts;
  readonly validation: SplitCounts;
  /** Whether all is encoded, and only names have to be given. */
  readonly done: boolean;
}

const nothing: SplitCounts = { tokens: 0, documents: 0 };

/** The journal of a preparation that has done nothing, of all blocks or of a part of them. */
export function newJournal(
  key: string,
  plan: SplitPlan,
  part: PartBlocks | { readonly blocks: number } = { blocks: 0 },
): Journal {
  return { key, plan, ...part, train: nothing, validation: nothing, done: false };
}

/** Where the journal of `folder` is. */
export function journalPath(folder: string): string {
  return join(folder, '.prepare.json');
}

/** The journal in `folder`, where it is one of the preparation `key` and what it tells of is there. */
export async function readJournal(
  folder: string,
  { key, bytesPerId }: { key: string; bytesPerId: number },
): Promise<Journal | undefined> {
  const text = await readFile(journalPath(folder), 'utf8').catch(() => 'null');
  const journal: Journal | null = JSON.parse(text); // written whole, or not at all
  if (journal?.key !== key) return undefined;
  for (const split of ['train', 'validation'] as const) {
    const path = join(folder, tokenFiles[split]);
    const length = journal[split].tokens * bytesPerId;
    const named = journal.done && (await hasBytes(path, length));
    if (!named && !(await hasBytes(partialPath(path), length))) return undefined;
  }
  return journal;
}

export async function writeJournal(folder: string, journal: Journal): Promise<void> {
  await replaceFile(journalPath(folder), JSON.stringify(journal));
}
