import { constants } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { TinyllmError } from '@tinyllm/common';

const unreadable: Readonly<Record<string, readonly [code: string, what: string]>> = {
  ENOENT: [
    'data/file-not-found',
    'There is no such file. Check the path; it is relative to the current folder.',
  ],
  EISDIR: ['data/not-a-file', 'This is a folder. Give the path of one text file.'],
  EACCES: ['data/file-unreadable', 'Reading it is not allowed. Check the permissions of the file.'],
  ERR_FS_FILE_TOO_LARGE: [
    'data/file-too-large',
    'It does not fit into one string. Split it into smaller files.',
  ],
};

/**
 * The text of a UTF-8 file, without its byte order mark. Throws `data/file-not-found`, `data/not-a-file`,
 * `data/file-unreadable`, `data/file-too-large`, `data/file-empty`, and `data/not-utf8` with the byte where the
 * text stops being UTF-8.
 */
export async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause) => {
    throw cannotRead(path, cause);
  });
  if (bytes.length > constants.MAX_STRING_LENGTH) {
    throw new TinyllmError(
      'data/file-too-large',
      `${path} has ${bytes.length} bytes, but a text can have ${constants.MAX_STRING_LENGTH}. Split it into several.`,
    );
  }
  const text = decode(bytes, path);
  if (text === '') {
    throw new TinyllmError('data/file-empty', `${path} is empty. Give a file with text in it.`);
  }
  return text;
}

/** The error for a file that Node could not read. */
export function cannotRead(path: string, cause: NodeJS.ErrnoException): TinyllmError {
  const [code, what] = unreadable[cause.code ?? ''] ?? [
    'data/file-unreadable',
    `Reading it failed: ${cause.message}.`,
  ];
  return new TinyllmError(code, `Could not read ${path}. ${what}`, { cause });
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes); // drops a byte order mark
  } catch (cause) {
    throw new TinyllmError(
      'data/not-utf8',
      `${path} is not UTF-8 text: it goes wrong at byte ${firstBadByte(bytes)}. ` +
        'Convert it, for example with: iconv -f latin1 -t utf-8 old.txt > new.txt',
      { cause },
    );
  }
}

/** The first byte that cannot continue the text before it; the number of bytes if the last character is cut off. */
function firstBadByte(bytes: Uint8Array): number {
  const isPrefix = (length: number): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (isPrefix(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
