/** Names of files, folders and runs that a file tells of, whose author may be anyone. */
import { TinyllmError } from '@tinyllm/common';

/** Whether `name` is one name in a folder: no path, which could lead anywhere, and not hidden. */
export function isName(name: unknown): boolean {
  return typeof name === 'string' && /^[^./\\:\0][^/\\:\0]*$/.test(name);
}

/** Throws `checkpoint/damaged` unless `name` is one. */
export function checkName(name: unknown, file: string): void {
  if (isName(name)) return;
  throw new TinyllmError(
    'checkpoint/damaged',
    `${file} tells of ${JSON.stringify(name)}, but a name without / \\ : and a dot before it is expected. ` +
      'If you have not written it, do not trust the folder.',
  );
}
