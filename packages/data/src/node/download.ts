import { TinyllmError } from '@tinyllm/common';
import { type Clock, systemClock } from './clock';
import { alone, makeFolderOf } from './disk';
import { Http, Interruption } from './http';
import { PartialFile } from './partial-file';

/** A file on the net that never changes. */
export interface RemoteFile {
  readonly url: string;
  /** In bytes. */
  readonly size: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** How a download goes. */
export type DownloadEvent =
  | {
      readonly type: 'download';
      readonly url: string;
      /** Bytes there are, those of earlier downloads included. */
      readonly received: number;
      readonly size: number;
      /** The mean since this download began; 0 in its first moment. */
      readonly bytesPerSecond: number;
      /** Until it ends at that rate; infinite in the first moment. */
      readonly secondsLeft: number;
    }
  | {
      readonly type: 'retry';
      readonly url: string;
      readonly reason: string;
      /** How long it waits before. */
      readonly seconds: number;
    };

export interface DownloadOptions {
  readonly onProgress?: (event: DownloadEvent) => void;
  readonly signal?: AbortSignal;
  /** Tries in a row that bring no byte, before it gives up. Default 5. */
  readonly attempts?: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** Seconds before the second try; twice as many before each one that follows. */
const FIRST_WAIT = 0.5;
const LONGEST_BACK_OFF = 30;

/**
 * Downloads `file` to `path`, through the proxies of the environment. It goes on where an earlier download or a cut
 * connection ended, tries again with back-off or when the server says, and gives the file its name only when its
 * size and SHA-256 are right. Throws `data/offline`, `data/download-failed`, `data/download-refused`,
 * `data/wrong-size`, `data/wrong-checksum`, `data/unwritable`, `data/in-use` where another process downloads it, and the signal's reason; what was received stays in
 * `<path>.partial` unless it is wrong.
 */
export async function download(file: RemoteFile, path: string, options: DownloadOptions = {}): Promise<void> {
  await makeFolderOf(path);
  await alone(path, () => receiveWhole(file, path, options));
}

async function receiveWhole(file: RemoteFile, path: string, options: DownloadOptions): Promise<void> {
  const partial = await PartialFile.open(path);
  const http = await Http.open();
  let whole = false;
  try {
    const earlier = partial.length > 0;
    await receive(file, partial, http, options);
    if (earlier && partial.sha256() !== file.sha256) {
      await partial.restart(); // what an earlier download left may have been wrong
      await receive(file, partial, http, options);
    }
    if (partial.sha256() !== file.sha256) {
      const got = partial.sha256();
      await partial.remove();
      whole = true;
      throw new TinyllmError(
        'data/wrong-checksum',
        `${file.url} came with the SHA-256 ${got}, but it should be ${file.sha256}. It was thrown away: ` +
          'the server or something on the way changed it. Try another network.',
      );
    }
    await partial.finish();
    whole = true;
  } finally {
    if (!whole) await partial.close();
    await http.close();
  }
}

/** Receives what is missing, however many connections it takes. */
async function receive(
  file: RemoteFile,
  partial: PartialFile,
  http: Http,
  { onProgress, signal, attempts = 5, clock = systemClock }: DownloadOptions,
): Promise<void> {
  if (partial.length > file.size) await partial.restart();
  const began = { at: clock.now(), from: partial.length };
  const report = (): void => {
    const seconds = (clock.now() - began.at) / 1000;
    const bytesPerSecond = seconds > 0 ? (partial.length - began.from) / seconds : 0;
    const { url, size } = file;
    const secondsLeft = size === partial.length ? 0 : (size - partial.length) / bytesPerSecond;
    onProgress?.({ type: 'download', url, received: partial.length, size, bytesPerSecond, secondsLeft });
  };
  let failures = 0;
  while (partial.length < file.size) {
    signal?.throwIfAborted();
    const before = partial.length;
    try {
      const { start, bytes } = await http.rest(file.url, partial.length, file.size, signal);
      if (start === 0 && partial.length > 0) {
        await partial.restart(); // a server without ranges
        began.from = 0;
      }
      for await (const chunk of bytes) {
        if (partial.length + chunk.length > file.size) throw await tooLong(file, partial);
        await partial.append(chunk);
        report();
      }
      if (partial.length < file.size) throw new Interruption('the connection ended early');
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
      failures = partial.length > before ? 1 : failures + 1;
      if (failures >= attempts) throw gaveUp(file, error);
      const seconds = error.retryAfter ?? Math.min(FIRST_WAIT * 2 ** (failures - 1), LONGEST_BACK_OFF);
      onProgress?.({ type: 'retry', url: file.url, reason: error.message, seconds });
      await clock.wait(seconds * 1000, signal);
    }
  }
}

async function tooLong({ url, size }: RemoteFile, partial: PartialFile): Promise<TinyllmError> {
  await partial.restart();
  return new TinyllmError(
    'data/wrong-size',
    `${url} sends more than the ${size} bytes of the pinned file: it is not the file that was asked for.`,
  );
}

function gaveUp({ url }: RemoteFile, cause: Interruption): TinyllmError {
  return cause.unreachable
    ? new TinyllmError('data/offline', `Could not reach the server of ${url}: ${cause.message}.`, { cause })
    : new TinyllmError('data/download-failed', `Could not download ${url}: ${cause.message}.`, { cause });
}
