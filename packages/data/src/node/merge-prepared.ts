/** Parts of one preparation, made on many machines, put together. */
import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { onDisk } from './disk';
import { giveNames, type PrepareResult } from './finish';
import { type PartOfMany, type PreparedMeta, readWholeMeta, type SplitCounts, tokenFiles } from './meta';
import { partialPath } from './token-writer';

interface Part {
  readonly folder: string;
  readonly meta: PreparedMeta;
  readonly part: PartOfMany;
}

/**
 * Puts the parts in `folders`, in any order, together into the folder `out`: the bytes of the token files, and
 * `meta.json`, are those of one preparation of the whole corpus. Throws `data/not-parts`, `data/bad-meta` and
 * `data/unwritable`.
 */
export async function mergePrepared(folders: readonly string[], out: string): Promise<PrepareResult> {
  const parts = await Promise.all(folders.map(readPart));
  parts.sort((a, b) => a.part.number - b.part.number);
  const { meta, key } = checkParts(parts);
  const found = await readWholeMeta(out);
  if (found?.key === key) return { meta: found, reused: true };
  const { part: _, ...facts } = meta;
  const whole: PreparedMeta = {
    ...facts,
    train: sum(parts.map(({ meta }) => meta.train)),
    validation: sum(parts.map(({ meta }) => meta.validation)),
    key,
  };
  await onDisk(out, () => mkdir(out, { recursive: true }));
  for (const name of Object.values(tokenFiles))
    await onDisk(out, () =>
      concatenate(
        parts.map(({ folder }) => join(folder, name)),
        partialPath(join(out, name)),
      ),
    );
  await giveNames(out, whole);
  return { meta: whole, reused: false };
}

async function readPart(folder: string): Promise<Part> {
  const meta = await readWholeMeta(folder);
  if (meta?.part) return { folder, meta, part: meta.part };
  throw notParts(
    meta ? `${folder} is a whole corpus` : `${folder} is not prepared, or not to its end`,
    'Prepare each with --part, say 1/4 to 4/4.',
  );
}

/** The first of `parts`, which are sorted, and the key of the whole. Throws `data/not-parts` where they are not all of it. */
function checkParts(parts: readonly Part[]): { readonly meta: PreparedMeta; readonly key: string } {
  const [first] = parts;
  if (first === undefined) throw notParts('no folder was given', 'Give those of all parts.');
  const other = parts.find((part) => identity(part) !== identity(first));
  if (other !== undefined) {
    throw notParts(
      `${first.folder} and ${other.folder} are not of one preparation`,
      'Their text, in the same order of files, their tokenizer and their number of parts must be the same.',
    );
  }
  for (let number = 1; number <= first.part.of; number++) {
    const count = parts.filter(({ part }) => part.number === number).length;
    if (count === 1) continue;
    throw notParts(
      `part ${number} of ${first.part.of} is ${count === 0 ? 'missing' : `there ${count} times`}`,
      'Give each once.',
    );
  }
  return { meta: first.meta, key: first.part.key };
}

/** What parts of one preparation have in common: all that decides their ids. */
function identity({ meta, part }: Part): string {
  return JSON.stringify([part.of, part.text, meta.tokenizer, meta.separator]);
}

function sum(counts: readonly SplitCounts[]): SplitCounts {
  return counts.reduce((a, b) => ({ tokens: a.tokens + b.tokens, documents: a.documents + b.documents }));
}

async function concatenate(paths: readonly string[], to: string): Promise<void> {
  const file = await open(to, 'w');
  try {
    for (const path of paths) for await (const bytes of createReadStream(path)) await file.writeFile(bytes);
    await file.datasync();
  } finally {
    await file.close();
  }
}

function notParts(problem: string, advice: string): TinyllmError {
  return new TinyllmError('data/not-parts', `These are not the parts of one corpus: ${problem}. ${advice}`);
}
