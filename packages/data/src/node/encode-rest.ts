import { join } from 'node:path';
import { type TextBlock, textBlocks } from './blocks-of-text';
import { onDisk } from './disk';
import type { EncodeSettings } from './encode-worker';
import { encodeInOrder } from './encoding-pool';
import { type Journal, writeJournal } from './journal';
import { tokenFiles } from './meta';
import type { TextCorpus } from './open-corpus';
import { splitPieces } from './split-corpus';
import { TokenWriter } from './token-writer';

/** Blocks between two entries of the journal: about a second's work. */
const BLOCKS_PER_ENTRY = 16;

/** How a preparation encodes, and who is told of each block. */
export interface EncodeRestOptions {
  readonly out: string;
  readonly blockCharacters: number;
  readonly threads: number;
  readonly bytesPerId: number;
  readonly settings: EncodeSettings;
  /** Told how far it is after every block; it ends the preparation by throwing. */
  onBlock(progress: { read: number; tokens: number; documents: number }): void;
}

/** Encodes what `start` says is missing into the partial token files. Gives the journal of all of it, `done`. */
export async function encodeRest(
  corpus: TextCorpus,
  start: Journal,
  options: EncodeRestOptions,
): Promise<Journal> {
  if (start.done) return start;
  const { out, blockCharacters, threads, bytesPerId, settings, onBlock } = options;
  const writers = {
    train: await TokenWriter.open(join(out, tokenFiles.train), start.train.tokens * bytesPerId),
    validation: await TokenWriter.open(
      join(out, tokenFiles.validation),
      start.validation.tokens * bytesPerId,
    ),
  };
  let journal = start;
  const enter = async (): Promise<void> => {
    await writers.train.sync(); // the journal must never tell of what the disk does not have
    await writers.validation.sync();
    await onDisk(out, () => writeJournal(out, journal));
  };
  const told = (read: number): void => {
    const { train, validation } = journal;
    const tokens = train.tokens + validation.tokens;
    onBlock({ read, tokens, documents: train.documents + validation.documents });
  };
  try {
    await enter();
    const blocks = textBlocks(splitPieces(corpus, start.plan), blockCharacters);
    for await (const { block, ids, documents } of encodeInOrder(
      range(blocks, start, told),
      settings,
      threads,
    )) {
      const { split } = block;
      await writers[split].append(ids);
      const before = journal[split];
      const counts = { tokens: before.tokens + ids.length, documents: before.documents + documents };
      journal = { ...journal, blocks: journal.blocks + 1, [split]: counts };
      if (journal.blocks % BLOCKS_PER_ENTRY === 0) await enter();
      told(block.read);
    }
    journal = { ...journal, done: true };
    await enter();
  } finally {
    await writers.train.close();
    await writers.validation.close();
  }
  return journal;
}

/** Those that are not encoded yet, up to where the part ends. Reading the others takes a fraction of the time. */
async function* range(
  blocks: AsyncIterable<TextBlock>,
  { blocks: first, until = Number.POSITIVE_INFINITY }: Journal,
  told: (read: number) => void,
): AsyncGenerator<TextBlock, void, undefined> {
  let index = 0;
  for await (const block of blocks) {
    if (index >= until) return;
    if (index++ >= first) yield block;
    else told(block.read);
  }
}
