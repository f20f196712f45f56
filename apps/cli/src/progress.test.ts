import type { DownloadEvent, PrepareEvent } from '@tinyllm/data/node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Progress } from './progress';

/** A file of 100 MB at 2 MB a second. */
const downloaded = (received: number): DownloadEvent => ({
  type: 'download',
  url: 'https://example.org/a/stories.txt',
  received,
  size: 100e6,
  bytesPerSecond: 2e6,
  secondsLeft: (100e6 - received) / 2e6,
});
const encoded = (read: number): PrepareEvent => ({
  type: 'encode',
  read,
  size: 100e6,
  tokens: read / 4,
  documents: 1,
});

let written = '';
const isTerminal = process.stdout.isTTY;

function onTerminal(yes: boolean): void {
  Object.defineProperty(process.stdout, 'isTTY', { value: yes, configurable: true });
}

beforeEach(() => {
  written = '';
  vi.useFakeTimers({ toFake: ['performance'] });
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += text;
    return true;
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  onTerminal(isTerminal);
});

/** Tells of a megabyte a second, for `seconds`. */
function encodeFor(seconds: number, progress: Progress): void {
  for (let second = 0; second <= seconds; second++) {
    progress.tell(encoded(second * 1e6));
    vi.advanceTimersByTime(1000);
  }
}

describe('Progress', () => {
  it('writes one line every ten seconds into a log', () => {
    onTerminal(false);
    encodeFor(25, new Progress());
    expect(written).toBe(
      'encoding  2,500,000 tokens  10.0 of 100.0 MB (10 %)  1.0 MB/s  1m30s left\n' +
        'encoding  5,000,000 tokens  20.0 of 100.0 MB (20 %)  1.0 MB/s  1m20s left\n',
    );
  });

  it('redraws one line on a terminal, and removes it at the end', () => {
    onTerminal(true);
    const progress = new Progress();
    encodeFor(3, progress);
    progress.done();
    expect(written).not.toContain('\n');
    expect(written.split('\r')).toHaveLength(5); // three times redrawn, once removed
    expect(written).toMatch(/3\.0 of 100\.0 MB/);
  });

  it('tells of the rate and the time left of a download, and of every new try', () => {
    onTerminal(false);
    const progress = new Progress();
    progress.tell({ type: 'retry', url: downloaded(0).url, reason: 'the server answered 503', seconds: 4 });
    vi.advanceTimersByTime(10_000);
    progress.tell(downloaded(20e6));
    expect(written).toBe(
      'stories.txt: the server answered 503; trying again in 4s\n' +
        'downloading stories.txt  20.0 of 100.0 MB (20 %)  2.0 MB/s  40s left\n',
    );
  });

  it('prints events as JSON, one a second', () => {
    onTerminal(true);
    encodeFor(3, new Progress({ json: true }));
    for (const line of written.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ type: 'encode' });
  });
});
