import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomWords } from '@tinyllm/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Answer,
  all,
  cutAfter,
  noRanges,
  pinned,
  serve,
  status,
  type TestServer,
} from '../testing/file-server';
import { cached, cacheFolder } from './cache';
import type { Clock } from './clock';
import { type DownloadEvent, download } from './download';

const bytes = new Uint8Array(randomWords(1, 0, 100_000).buffer); // 400,000
const wrong = Uint8Array.from(bytes, (byte, i) => (i === 7 ? byte ^ 1 : byte));

let folder = '';
let path = '';
let server: TestServer;
let events: DownloadEvent[] = [];
/** Seconds that were waited for. */
let waits: number[] = [];
const clock: Clock = {
  now: () => events.length * 1000, // a second passes between events
  async wait(milliseconds, signal) {
    signal?.throwIfAborted();
    waits.push(milliseconds / 1000);
  },
};
const options = { clock, onProgress: (event: DownloadEvent) => void events.push(event) };

async function get(...answers: Answer[]): Promise<void> {
  server = await serve(...answers);
  await download(pinned(server.url, bytes), path, options);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tinyllm-download-'));
  path = join(folder, 'corpora', 'file.bin');
  events = [];
  waits = [];
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'TINYLLM_OFFLINE']) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server?.close();
  rmSync(folder, { recursive: true });
});

describe('download', () => {
  it('brings the file, tells the rate and the time left, and leaves nothing else', async () => {
    await get(all(bytes));
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(existsSync(`${path}.partial`)).toBe(false);
    expect(events.at(-1)).toMatchObject({
      type: 'download',
      received: 400_000,
      size: 400_000,
      secondsLeft: 0,
    });
    const second = events[1];
    if (second?.type !== 'download') throw new Error('There is no second event.');
    expect(second.bytesPerSecond).toBe(second.received); // one second has passed
    expect(second.secondsLeft).toBeCloseTo((400_000 - second.received) / second.received, 9);
  });

  it('goes on where the connection was cut, as often as it is', async () => {
    await get(cutAfter(150_000, bytes), cutAfter(100_000, bytes), all(bytes));
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(server.ranges[0]).toBeUndefined();
    expect(server.ranges.slice(1)).toEqual([
      expect.stringMatching(/^bytes=\d+-$/),
      expect.stringMatching(/^bytes=\d+-$/),
    ]);
    expect(waits).toEqual([0.5, 0.5]); // something came each time
  });

  it('starts anew where a server has no ranges', async () => {
    await get(cutAfter(150_000, bytes), noRanges(bytes, 50_000), noRanges(bytes));
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('goes on with what an earlier download left', async () => {
    mkdirSync(join(folder, 'corpora'));
    writeFileSync(`${path}.partial`, bytes.subarray(0, 123_456));
    await get(all(bytes));
    expect(server.ranges).toEqual(['bytes=123456-']);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it.each([
    ['wrong', wrong.subarray(0, 1000)],
    ['too long', new Uint8Array(500_000)],
    ['whole and wrong', wrong],
  ])('throws away what an earlier download left when it is %s', async (_, left) => {
    mkdirSync(join(folder, 'corpora'));
    writeFileSync(`${path}.partial`, left);
    await get(all(bytes));
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('is refused while another process downloads the same file', async () => {
    server = await serve(all(bytes));
    const file = pinned(server.url, bytes);
    const both = await Promise.allSettled([download(file, path, options), download(file, path, options)]);
    const refused = both.filter((end) => end.status === 'rejected');
    expect(refused).toEqual([
      { status: 'rejected', reason: expect.objectContaining({ code: 'data/in-use' }) },
    ]);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('waits as long as the server says, else longer each time', async () => {
    await get(
      status(429, { 'retry-after': '7' }),
      status(503, { 'retry-after': 'Wed, 21 Oct 2026 07:28:09 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' }),
      status(500),
      status(502),
      all(bytes),
    );
    expect(waits).toEqual([7, 9, 2, 4]);
    expect(events[0]).toMatchObject({
      type: 'retry',
      seconds: 7,
      reason: 'the server answered 429 Too Many Requests',
    });
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('gives up after five tries without a byte', async () => {
    await expect(get(status(500))).rejects.toMatchObject({
      code: 'data/download-failed',
      message: expect.stringContaining('the server answered 500'),
    });
    expect(server.ranges).toHaveLength(5);
    expect(waits).toEqual([0.5, 1, 2, 4]);
  });

  it.each([
    ['is not there', status(404), 'data/download-refused'],
    ['is refused for an hour', status(429, { 'retry-after': '3600' }), 'data/download-refused'],
    ['has another size', all(bytes.subarray(1)), 'data/wrong-size'],
    ['has wrong bytes', all(wrong), 'data/wrong-checksum'],
    [
      'goes on for ever',
      ((_, response) => {
        response.writeHead(200).write(bytes);
        response.write(bytes);
      }) satisfies Answer,
      'data/wrong-size',
    ],
  ])('does not try again when the file %s', async (_, answer, code) => {
    await expect(get(answer)).rejects.toMatchObject({ code });
    expect(server.ranges).toHaveLength(1);
    expect(existsSync(path)).toBe(false);
    if (code === 'data/wrong-checksum') expect(existsSync(`${path}.partial`)).toBe(false);
  });

  it('keeps what it has when it is aborted, and goes on with it', async () => {
    server = await serve(all(bytes));
    const abort = new AbortController();
    const reason = new Error('enough');
    const aborting = download(pinned(server.url, bytes), path, {
      ...options,
      signal: abort.signal,
      onProgress: () => abort.abort(reason),
    });
    await expect(aborting).rejects.toBe(reason);
    await download(pinned(server.url, bytes), path, options);
    expect(server.ranges[1]).toMatch(/^bytes=[1-9]/);
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  it('goes through the proxy of the environment, but not to hosts that need none', async () => {
    const proxy = await serve(status(500));
    vi.stubEnv('HTTP_PROXY', proxy.url);
    await get(all(bytes));
    expect(proxy.requests).toEqual([`CONNECT ${new URL(server.url).host}`]);
    rmSync(path);
    vi.stubEnv('NO_PROXY', '127.0.0.1');
    await download(pinned(server.url, bytes), path, options);
    expect(proxy.requests).toHaveLength(1);
    await proxy.close();
  });
});

describe('cached', () => {
  it('downloads once, and checks a file that was put there by hand', async () => {
    server = await serve(all(bytes));
    const file = pinned(server.url, bytes);
    await cached(file, path, options);
    await cached(file, path, options);
    expect(server.ranges).toHaveLength(1);
    expect(readFileSync(`${path}.sha256`, 'utf8')).toBe(`${file.sha256}  file.bin\n`);

    rmSync(`${path}.sha256`);
    writeFileSync(path, wrong);
    await expect(cached(file, path, options)).rejects.toMatchObject({ code: 'data/wrong-file' });
    writeFileSync(path, bytes);
    await cached(file, path, options);
    expect(server.ranges).toHaveLength(1);
  });

  it('says offline which file to put where', async () => {
    server = await serve(all(bytes));
    const file = pinned(server.url, bytes);
    await server.close(); // nobody listens there now
    const error = {
      code: 'data/offline',
      message: expect.stringContaining(`put it here: ${path} (400,000 bytes, SHA-256 ${file.sha256})`),
    };
    await expect(cached(file, path, options)).rejects.toMatchObject(error);
    vi.stubEnv('TINYLLM_OFFLINE', '1');
    await expect(cached(file, path, options)).rejects.toMatchObject(error);
    expect(waits).toEqual([0.5, 1, 2, 4]);
  });
});

describe('cacheFolder', () => {
  it('is where the environment says', () => {
    expect(cacheFolder({ TINYLLM_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
    expect(cacheFolder({ XDG_CACHE_HOME: '/b' })).toBe(join('/b', 'tinyllm'));
    expect(cacheFolder({})).toMatch(/\.cache.tinyllm$/);
  });
});
