import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { TinyllmError } from '@tinyllm/common';
import { checkFraction, checkInteger } from '../check';
import { alone, onDisk } from './disk';
import { encodeRest } from './encode-rest';
import { giveNames, type PrepareResult } from './finish';
import { type Journal, newJournal, readJournal } from './journal';
import { bytesPerId, describeSource, dtypeFor, jsonHash, type PreparedMeta, readWholeMeta } from './meta';
import type { TextCorpus } from './open-corpus';
import { blocksOfPart, checkPart } from './part';
import { planSplit } from './split-corpus';

/** What turns text into ids. `@tinyllm/data` knows no tokenizer: each thread imports `module` and asks it for one. */
export interface EncoderSpec {
  /** URL of a module that exports `createEncoder(options)`, which gives `{ encode(text): ArrayLike<number> }`. */
  readonly module: string | URL;
  /** Plain JSON: all that decides the ids, say a tokenizer's JSON. Its SHA-256 is noted as the tokenizer's. */
  readonly options: unknown;
  /** The tokenizer's name, for `meta.json`. */
  readonly name: string;
  /** Ids are below it. Above 65,536 they take four bytes each, else two. */
  readonly vocabSize: number;
  /** The id behind every document: end-of-text. */
  readonly separator?: number;
}

/** How far a preparation is. `read` and `size` are bytes of the corpus. */
export type PrepareEvent =
  | { readonly type: 'count'; readonly read: number; readonly size: number }
  | {
      readonly type: 'encode';
      readonly read: number;
      readonly size: number;
      readonly tokens: number;
      readonly documents: number;
    };

export interface PrepareOptions {
  /** The folder for `train.bin`, `val.bin` and `meta.json`. */
  readonly out: string;
  readonly encoder: EncoderSpec;
  /** The part kept for validation where the corpus has no validation text. Default 0.1. */
  readonly validationFraction?: number;
  /** Threads that encode at once. Default: as many as the machine runs. The files are the same for any number. */
  readonly threads?: number;
  /** Characters that a thread encodes at once. Default 2²⁰. */
  readonly blockCharacters?: number;
  /** Encodes only part `number`, from 1 on, `of` so many: other machines do the others, and `mergePrepared` joins them. */
  readonly part?: { readonly number: number; readonly of: number };
  readonly onProgress?: (event: PrepareEvent) => void;
  readonly signal?: AbortSignal;
}

/**
 * Turns a corpus of any size into the token files of nanoGPT, `train.bin` and `val.bin`, and `meta.json`, in bounded
 * memory. Behind each document stands the separator, but not behind a running text. Killed and started again, it
 * goes on where it was; started again when all is done, it only looks. The token files have their names only when
 * they are whole, `meta.json` last.
 *
 * Throws `data/bad-option`, `data/bad-validation-fraction`, `data/no-separator`, `data/no-documents`,
 * `data/unwritable`, `data/in-use` where another process prepares in that folder, what reading the corpus throws, and
 * what the encoder throws.
 */
export async function prepare(corpus: TextCorpus, options: PrepareOptions): Promise<PrepareResult> {
  const { out, encoder, validationFraction = 0.1, blockCharacters = 1 << 20, onProgress, signal } = options;
  checkOptions(corpus, options);
  const separator = corpus.running ? null : (encoder.separator ?? null);
  const facts = {
    format: 'tinyllm-tokens',
    version: 1,
    tokenizer: { name: encoder.name, sha256: jsonHash(encoder.options) },
    vocabSize: encoder.vocabSize,
    dtype: dtypeFor(encoder.vocabSize),
    separator,
    source: describeSource(corpus),
    validationFraction,
  } as const;
  const wholeKey = jsonHash({ ...facts, blockCharacters });
  const { part } = options;
  const key = part ? jsonHash({ number: part.number, of: part.of, key: wholeKey }) : wholeKey;

  const found = await readWholeMeta(out);
  if (found?.key === key) return { meta: found, reused: true };
  await onDisk(out, () => mkdir(out, { recursive: true }));
  return alone(out, async () => {
    const size = corpus.train.size + (corpus.validation?.size ?? 0);
    const onRead = (read: number): void => {
      signal?.throwIfAborted();
      onProgress?.({ type: 'count', read, size });
    };
    const newStart = async (): Promise<Journal> => {
      const plan = await planSplit(corpus, validationFraction, onRead);
      return newJournal(
        key,
        plan,
        part && (await blocksOfPart(corpus, plan, { ...part, blockCharacters, onRead })),
      );
    };
    const start = (await readJournal(out, { key, bytesPerId: bytesPerId(facts) })) ?? (await newStart());
    const { train, validation } = await encodeRest(corpus, start, {
      out,
      blockCharacters,
      threads: options.threads ?? availableParallelism(),
      bytesPerId: bytesPerId(facts),
      settings: {
        module: String(encoder.module),
        options: encoder.options,
        vocabSize: encoder.vocabSize,
        separator: separator ?? -1,
      },
      onBlock({ read, ...done }) {
        signal?.throwIfAborted();
        onProgress?.({ type: 'encode', read, size, ...done });
      },
    });
    if (train.tokens === 0 && !part) {
      throw new TinyllmError('data/no-documents', `${corpus.name} has no text to train on. Bring some.`);
    }
    const { text } = start;
    const meta: PreparedMeta = {
      ...facts,
      train,
      validation,
      key,
      ...(part && text !== undefined && { part: { number: part.number, of: part.of, text, key: wholeKey } }),
    };
    await giveNames(out, meta);
    return { meta, reused: false };
  });
}

function checkOptions(corpus: TextCorpus, options: PrepareOptions): void {
  const { encoder, validationFraction = 0, threads = 1, blockCharacters = 1 } = options;
  checkFraction(validationFraction);
  checkInteger('threads', threads, 1);
  checkInteger('blockCharacters', blockCharacters, 1);
  checkInteger('vocabSize', encoder.vocabSize, 1);
  if (options.part) checkPart(options.part);
  const { separator = 0, vocabSize } = encoder;
  checkInteger('separator', separator, 0);
  if (separator >= vocabSize) {
    throw new TinyllmError(
      'data/bad-option',
      `separator is ${separator}, but ids are below the vocabSize of ${vocabSize}.`,
    );
  }
  if (corpus.running || encoder.separator !== undefined) return;
  throw new TinyllmError(
    'data/no-separator',
    `${corpus.name} has documents, but the tokenizer ${encoder.name} has no id to put behind each. ` +
      'Use a tokenizer with the special token <|endoftext|>, and pass its id as separator.',
  );
}
