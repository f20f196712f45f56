/** Ids that someone has already, as a folder like those of `prepare`. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile, syncFolder } from '@tinyllm/common/disk';
import type { TokenIds } from '../token-ids';
import { onDisk } from './disk';
import { bytesPerId, dtypeFor, jsonHash, type PreparedMeta, type SplitCounts, tokenFiles } from './meta';
import { giveName, TokenWriter } from './token-writer';

/** Ids of both splits, and what made them. */
export interface EncodedCorpus {
  readonly name: string;
  readonly train: TokenIds;
  readonly validation: TokenIds;
  /** Its name, and its JSON. */
  readonly tokenizer: { readonly name: string; readonly json: unknown };
  readonly vocabSize: number;
  /** The id behind every document. Default none: a running text. */
  readonly separator?: number;
}

/** Ids that are written at once. */
const CHUNK = 1 << 20;

/** Writes `train.bin`, `val.bin` and `meta.json` into `folder`, which is made. Throws `data/unwritable`. */
export async function writePrepared(
  folder: string,
  { name, train, validation, tokenizer, vocabSize, separator }: EncodedCorpus,
): Promise<PreparedMeta> {
  await onDisk(folder, () => mkdir(folder, { recursive: true }));
  const facts = {
    format: 'tinyllm-tokens',
    version: 1,
    tokenizer: { name: tokenizer.name, sha256: jsonHash(tokenizer.json) },
    vocabSize,
    dtype: dtypeFor(vocabSize),
    separator: separator ?? null,
    source: { name, train: [], validation: [] },
    validationFraction: 0,
    train: await writeIds(join(folder, tokenFiles.train), train, { vocabSize, separator }),
    validation: await writeIds(join(folder, tokenFiles.validation), validation, { vocabSize, separator }),
  } as const;
  const meta = { ...facts, key: jsonHash(facts) };
  await syncFolder(folder);
  await onDisk(folder, () => replaceFile(join(folder, 'meta.json'), `${JSON.stringify(meta, null, 2)}\n`));
  return meta;
}

/** Writes one token file, and counts what is in it. */
async function writeIds(
  path: string,
  ids: TokenIds,
  { vocabSize, separator }: { readonly vocabSize: number; readonly separator: number | undefined },
): Promise<SplitCounts> {
  const Ids = bytesPerId({ dtype: dtypeFor(vocabSize) }) === 2 ? Uint16Array : Uint32Array;
  const writer = await TokenWriter.open(path, 0);
  let documents = 0;
  try {
    for (let at = 0; at < ids.length; at += CHUNK) {
      const chunk = Ids.from(ids.slice(at, Math.min(at + CHUNK, ids.length)));
      if (separator !== undefined) for (const id of chunk) if (id === separator) documents++;
      await writer.append(chunk);
    }
    await writer.sync();
  } finally {
    await writer.close();
  }
  await giveName(path);
  return { tokens: ids.length, documents };
}
