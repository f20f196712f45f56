/** Where a model to sample comes from: the run that this browser keeps, files that someone dropped, or an address. */
import { TinyllmError } from '@tinyllm/common';
import { unzipSync } from 'fflate';
import type { Files } from './checkpoint';
import type { ModelSource } from './protocol';
import { readRun } from './run-storage';

/** What a folder at an address is read for; others of its files may be missing there. */
const NEEDED = ['config.json', 'tokenizer.json', 'model.safetensors'] as const;

/** Bytes that are taken out of a zip or from an address: what a page can hold, whatever the zip says of itself. */
const MOST_BYTES = 2 ** 30;
/** Files in the largest zip: a run of many checkpoints has some hundred. */
const MOST_FILES = 10_000;
/** Deflate makes at most so many bytes of one. */
const MOST_GAIN = 1032;

/** Hears how much has come of how many bytes; the last is unknown where a host does not say. */
export type OnLoading = (received: number, size: number | undefined) => void;

/** The files of a model's folder by their own names. Throws `checkpoint/not-found` and `docs/unreachable`. */
export async function readSource(source: ModelSource, onLoading: OnLoading): Promise<Files> {
  if (source.type === 'files') return checkpointIn(source.files);
  if (source.type === 'url') return download(source.url, onLoading);
  const kept = await readRun();
  if (kept) return kept.checkpoint;
  throw new TinyllmError(
    'checkpoint/not-found',
    'This browser keeps no trained model yet. Train one in the demo before this, or drop the zip of a checkpoint.',
  );
}

/**
 * Of files by path the one folder with a model, out of a zip where that is what there is. Of a run's several checkpoints
 * it is the last by name, which is the newest.
 */
export function checkpointIn(files: ReadonlyMap<string, Uint8Array>): Files {
  const [[path, data] = ['', new Uint8Array()]] = files;
  const all = files.size === 1 && path.endsWith('.zip') ? Object.entries(unzip(data)) : [...files];
  const folders = all
    .filter(([path]) => /(^|\/)model\.safetensors$/.test(path))
    .map(([path]) => folderOf(path));
  const folder = folders.sort().at(-1) ?? folderOf(path);
  const own = all.filter(([path]) => folderOf(path) === folder && path !== folder);
  return new Map(own.map(([path, bytes]) => [path.slice(folder.length), bytes as Uint8Array<ArrayBuffer>]));
}

/** Throws `docs/zip-too-large` before there is memory for it, and `docs/bad-zip`. */
function unzip(data: Uint8Array): Record<string, Uint8Array> {
  let bytes = 0;
  let files = 0;
  try {
    return unzipSync(data, {
      filter({ size, originalSize }) {
        bytes += originalSize;
        files++;
        if (bytes <= MOST_BYTES && files <= MOST_FILES && originalSize <= MOST_GAIN * size) return true;
        throw new TinyllmError(
          'docs/zip-too-large',
          `This zip claims ${bytes} bytes or more in ${files} files or more, and a page opens at most ${MOST_BYTES} in ` +
            `${MOST_FILES}, none more than ${MOST_GAIN} times as large as in the zip. ` +
            'Drop a smaller model, or sample it with the command line.',
        );
      },
    });
  } catch (cause) {
    if (cause instanceof TinyllmError) throw cause;
    throw new TinyllmError(
      'docs/bad-zip',
      `This is no zip that can be opened: ${(cause as Error).message}. Zip the folder again, without a password.`,
      { cause },
    );
  }
}

/** A path to its last slash, or nothing. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** The files at an address: of a folder, of one of its files, or of a zip. */
async function download(address: string, onLoading: OnLoading): Promise<Files> {
  if (!URL.canParse(address)) throw unreachable(address, 'it is no address');
  const url = new URL(address);
  if (!/^https?:$/.test(url.protocol))
    throw unreachable(address, 'it does not begin with https:// or http://');
  if (url.pathname.endsWith('.zip')) {
    return checkpointIn(new Map([['checkpoint.zip', await fetchBytes(url, onLoading)]]));
  }
  if (!/\/$|\.(json|safetensors)$/.test(url.pathname)) url.pathname += '/';
  const files = NEEDED.map(async (name) => {
    const listen = name === 'model.safetensors' ? onLoading : () => undefined;
    return [name, await fetchBytes(new URL(name, url), listen)] as const;
  });
  return new Map(await Promise.all(files));
}

async function fetchBytes(url: URL, onLoading: OnLoading): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url).catch((cause) => {
    throw unreachable(url, 'it does not answer, or its host does not let other sites read it (CORS)', cause);
  });
  if (!response.ok || response.body === null) throw unreachable(url, `the host answers ${response.status}`);
  const length = response.headers.get('content-encoding') ? null : response.headers.get('content-length');
  const size = length === null ? undefined : Number(length);
  let received = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(part, controller) {
      received += part.length;
      if (received > MOST_BYTES) throw unreachable(url, `it is more than ${MOST_BYTES} bytes`);
      onLoading(received, size);
      controller.enqueue(part);
    },
  });
  return new Uint8Array(await new Response(response.body.pipeThrough(counted)).arrayBuffer());
}

function unreachable(url: URL | string, problem: string, cause?: unknown): TinyllmError {
  return new TinyllmError(
    'docs/unreachable',
    `Could not read ${url}: ${problem}. Give the address of a folder with ${NEEDED.join(', ')}.`,
    { cause },
  );
}
