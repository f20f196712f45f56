/** Where documents come from: files of any number and format, or the story grammar. */
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { generateStories } from '../stories/stories';
import { jsonlPieces } from './jsonl-file';
import { parquetPieces } from './parquet-file';
import { type Piece, wholeDocuments } from './pieces';
import { cannotRead } from './read-text';
import { textPieces } from './text-file';

/** What identifies a file of a source: its SHA-256 where that is known, else when it was last changed. */
export interface SourceFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256?: string;
  /** Milliseconds since 1970. */
  readonly modified?: number;
}

/** Documents in order, as often as they are asked for. */
export interface TextSource {
  /** Bytes in all of its files; for the built-in stories, characters, roughly. */
  readonly size: number;
  readonly files: readonly SourceFile[];
  /** The documents, one whole string each. Empty ones are left out. Throws `data/…` where a file is not as it should be. */
  documents(): AsyncIterable<string>;
  /** The documents in pieces of at most 2²⁰ characters, so that even one that fits no string can be read. */
  pieces(): AsyncIterable<Piece>;
}

const formats: Readonly<Record<string, (path: string) => AsyncIterable<Piece>>> = {
  '.jsonl': jsonlPieces,
  '.ndjson': jsonlPieces,
  '.parquet': parquetPieces,
};

/** Extensions of the files that are taken from a folder. */
export const extensions: readonly string[] = ['txt', 'text', 'md', 'jsonl', 'ndjson', 'parquet'];

/** Whether a file is plain text, by its extension. */
export function isText(path: string): boolean {
  return formats[extname(path).toLowerCase()] === undefined;
}

/** What identifies the file at `path` now. Throws `data/file-not-found` and `data/file-unreadable`. */
export async function sourceFile(path: string): Promise<SourceFile> {
  const { size, mtimeMs } = await stat(path).catch((cause) => {
    throw cannotRead(path, cause);
  });
  return { path, size, modified: mtimeMs };
}

/** The documents of files, one file after the other, each read as its extension says. */
export function fileSource(files: readonly SourceFile[]): TextSource {
  return source(files, sum(files), async function* () {
    let before = 0;
    for (const { path, size } of files) {
      const read = formats[extname(path).toLowerCase()] ?? textPieces;
      for await (const piece of read(path)) yield { ...piece, read: before + piece.read };
      before += size;
    }
  });
}

/** Characters of a story and its end-of-text, about. */
const STORY = 500;

/** Stories of the built-in grammar. */
export function storySource(stories: { count: number; seed: number; stream: number }): TextSource {
  const { count, seed, stream } = stories;
  const path = `stories:${count}:${seed}:${stream}`;
  const size = count * STORY;
  return source([{ path, size }], size, async function* () {
    let index = 0;
    for (const text of generateStories(stories)) yield { text, ends: true, read: ++index * STORY };
  });
}

function source(files: readonly SourceFile[], size: number, pieces: () => AsyncIterable<Piece>): TextSource {
  return { files, size, pieces, documents: () => wholeDocuments(pieces()) };
}

function sum(files: readonly SourceFile[]): number {
  return files.reduce((total, { size }) => total + size, 0);
}
