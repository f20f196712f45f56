import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import type { TextCorpus } from './open-corpus';
import type { SourceFile } from './sources';

/** What is in `train.bin` or in `val.bin`. */
export interface SplitCounts {
  /** Token ids. */
  readonly tokens: number;
  readonly documents: number;
}

/** `meta.json`: what the token files beside it are. */
export interface PreparedMeta {
  readonly format: 'tinyllm-tokens';
  readonly version: 1;
  /** Its name, and the SHA-256 of its JSON. */
  readonly tokenizer: { readonly name: string; readonly sha256: string };
  readonly vocabSize: number;
  /** Of the ids, little-endian, without a header. */
  readonly dtype: 'uint16' | 'uint32';
  /** The id behind every document; null where the text is a running one. */
  readonly separator: number | null;
  readonly train: SplitCounts;
  readonly validation: SplitCounts;
  readonly source: {
    readonly name: string;
    readonly train: readonly SourceFile[];
    readonly validation: readonly SourceFile[];
  };
  /** The part of the documents that was kept, where the source has no validation text. */
  readonly validationFraction: number;
  /** The SHA-256 of all that decides the token files: the same key, the same files. */
  readonly key: string;
  /** Where this is not the whole corpus: which part it is. */
  readonly part?: PartOfMany;
}

/** Part `number`, from 1 on, `of` so many. */
export interface PartOfMany {
  readonly number: number;
  readonly of: number;
  /** The SHA-256 of the text of all parts: the same on every machine, whatever its files are called there. */
  readonly text: string;
  /** That of the whole, had this machine prepared it. */
  readonly key: string;
}

/** The names of the token files. */
export const tokenFiles = { train: 'train.bin', validation: 'val.bin' } as const;

/** The SHA-256 of a value as JSON, in hexadecimal: what names a tokenizer in `meta.json`. */
export function jsonHash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/** The files of `corpus` as `meta.json` has them. */
export function describeSource({ name, train, validation }: TextCorpus): PreparedMeta['source'] {
  return { name, train: train.files, validation: validation?.files ?? [] };
}

/** The narrowest type that holds the ids of a vocabulary. */
export function dtypeFor(vocabSize: number): PreparedMeta['dtype'] {
  return vocabSize <= 0x10000 ? 'uint16' : 'uint32';
}

/** Bytes of an id. */
export function bytesPerId({ dtype }: Pick<PreparedMeta, 'dtype'>): number {
  return dtype === 'uint16' ? 2 : 4;
}

/** The `meta.json` of `folder`, or nothing when there is none or the token files are not as long as it says. */
export async function readWholeMeta(folder: string): Promise<PreparedMeta | undefined> {
  const text = await readFile(join(folder, 'meta.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const meta = parseMeta(text, folder);
  for (const split of ['train', 'validation'] as const) {
    const found = await stat(join(folder, tokenFiles[split])).catch(() => undefined);
    if (found?.size !== meta[split].tokens * bytesPerId(meta)) return undefined;
  }
  return meta;
}

/** Throws `data/bad-meta`. */
function parseMeta(text: string, folder: string): PreparedMeta {
  let meta: Partial<PreparedMeta> | null = null;
  try {
    meta = JSON.parse(text);
  } catch {
    // told below
  }
  if (meta?.format === 'tinyllm-tokens' && meta.version === 1 && meta.train && meta.validation) {
    return meta as PreparedMeta;
  }
  throw new TinyllmError(
    'data/bad-meta',
    `${join(folder, 'meta.json')} is not what prepare writes (format tinyllm-tokens, version 1). ` +
      'Choose another folder, or remove it and prepare again.',
  );
}
