/** Files as streams of bytes and of text. */
import { type FileHandle, open } from 'node:fs/promises';
import { TinyllmError } from '@tinyllm/common';
import { cannotRead } from './read-text';

/** Bytes read at once. */
const CHUNK = 1 << 20;

/** Opens a file to read. Throws `data/file-not-found`, `data/not-a-file` and `data/file-unreadable`. */
export async function openToRead(path: string): Promise<FileHandle> {
  return open(path, 'r').catch((cause) => {
    throw cannotRead(path, cause);
  });
}

/** The bytes of a file in chunks, each of them in the same buffer: use one before you ask for the next. */
export async function* readBytes(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await openToRead(path);
  const buffer = new Uint8Array(CHUNK);
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK, null).catch((cause) => {
        throw cannotRead(path, cause);
      });
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** A part of a text, and how many bytes of its file have been read. */
export interface TextChunk {
  readonly text: string;
  readonly read: number;
}

/** The text of a UTF-8 file in chunks, without its byte order mark. Throws `data/not-utf8`, saying where. */
export async function* readChunks(path: string): AsyncGenerator<TextChunk, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let read = 0;
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch (cause) {
      throw new TinyllmError(
        'data/not-utf8',
        `${path} is not UTF-8 text: it goes wrong between its bytes ${Math.max(0, read - 3)} and ` +
          `${read + (bytes?.length ?? 0)}. Convert it, for example with: iconv -f latin1 -t utf-8 old.txt > new.txt`,
        { cause },
      );
    }
  };
  for await (const bytes of readBytes(path)) {
    const text = decode(bytes);
    read += bytes.length;
    yield { text, read };
  }
  const text = decode();
  if (text !== '') yield { text, read };
}
