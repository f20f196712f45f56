import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { cached, cacheFolder } from './cache';
import { type CorpusDefinition, corpora, corpusNames } from './corpora';
import type { DownloadOptions, RemoteFile } from './download';
import { cannotRead } from './read-text';
import {
  extensions,
  fileSource,
  isText,
  type SourceFile,
  sourceFile,
  storySource,
  type TextSource,
} from './sources';
import { hasEndOfText } from './text-file';

/** Text to train on, and perhaps text that is kept for validation. */
export interface TextCorpus {
  /** Its name or path. */
  readonly name: string;
  /** One text without documents, so that it is split by characters and no end-of-text is put behind it. */
  readonly running: boolean;
  readonly train: TextSource;
  /** Where it is missing, a part of `train` is kept. */
  readonly validation?: TextSource;
  /** Why this is the built-in corpus and not the one that was asked for. Tell it to the user, loudly. */
  readonly fellBack?: TinyllmError;
}

export interface OpenCorpusOptions extends DownloadOptions {
  /** Where downloads are kept. Default `cacheFolder()`. */
  readonly cache?: string;
  /** What to give when a corpus cannot be loaded, in place of throwing: the built-in stories. */
  readonly fallback?: 'stories';
}

/** Stories of the built-in corpus, as `builtInStories()` has them. */
const STORIES = { count: 5000, validation: 500, seed: 1 };

/**
 * Opens a corpus: by name (see `corpusNames`), downloading it the first time; a text, JSONL (`text` field) or Parquet
 * (`text` column) file; a folder or a glob of such files, in the order of their paths; or one of your own that is
 * pinned. Names win over paths: write ./stories for a file of that name. Text is split into documents at
 * `<|endoftext|>`; a single text file without any is one running text, several are a document each.
 * Throws `data/file-not-found`, `data/no-files`, `data/wrong-file`, and what `download` throws.
 */
export async function openCorpus(
  corpus: string | CorpusDefinition,
  options: OpenCorpusOptions = {},
): Promise<TextCorpus> {
  const definition = typeof corpus === 'string' ? corpora.find(({ name }) => name === corpus) : corpus;
  try {
    if (definition !== undefined) return await openPinned(definition, options);
    return corpus === 'stories' ? stories() : await openFiles(String(corpus));
  } catch (error) {
    if (options.fallback === undefined || !(error instanceof TinyllmError)) throw error;
    return { ...stories(), fellBack: error };
  }
}

function stories(): TextCorpus {
  const { count, validation, seed } = STORIES;
  return {
    name: 'stories',
    running: false,
    train: storySource({ count, seed, stream: 0 }),
    validation: storySource({ count: validation, seed, stream: 1 }),
  };
}

async function openPinned(definition: CorpusDefinition, options: OpenCorpusOptions): Promise<TextCorpus> {
  const { name, running, train, validation } = definition;
  const folder = join(options.cache ?? cacheFolder(), name);
  const source = async (file: RemoteFile): Promise<TextSource> => {
    const path = join(folder, basename(new URL(file.url).pathname));
    await cached(file, path, options);
    return fileSource([{ path, size: file.size, sha256: file.sha256 }]);
  };
  const kept = validation === undefined ? {} : { validation: await source(validation) }; // the small one first
  return { name, running, train: await source(train), ...kept };
}

async function openFiles(path: string): Promise<TextCorpus> {
  const paths = await findFiles(path);
  const files: SourceFile[] = [];
  for (const each of paths) files.push(await sourceFile(each));
  const [only] = files;
  const running =
    files.length === 1 && only !== undefined && isText(only.path) && !(await hasEndOfText(only.path));
  return { name: path, running, train: fileSource(files) };
}

/** The files that `path`, a file, a folder or a glob, stands for. */
async function findFiles(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => cause);
  if (!(found instanceof Error) && !found.isDirectory()) return [path];
  const isGlob = found instanceof Error && /[*?[\]{}]/.test(path);
  if (found instanceof Error && !isGlob) {
    const { code, message } = cannotRead(path, found);
    throw new TinyllmError(code, `${message} Corpora with a name are ${corpusNames.join(', ')}.`, {
      cause: found,
    });
  }
  const { glob } = await import('tinyglobby');
  const paths = isGlob
    ? await glob([path.replaceAll('\\', '/')], { onlyFiles: true })
    : (await glob([`**/*.{${extensions.join(',')}}`], { cwd: path, onlyFiles: true })).map((file) =>
        join(path, file),
      );
  if (paths.length > 0) return paths.sort((a, b) => (a < b ? -1 : 1)); // by code units: the same on every machine
  throw new TinyllmError(
    'data/no-files',
    `${path} has no file to train on. Expected are files that end in .${extensions.join(', .')}.`,
  );
}
