import type { DownloadEvent, PrepareEvent } from '@tinyllm/data/node';
import { clearLines, count, duration, print, redraw } from './output';

/** Milliseconds between two lines: on a terminal, where one line is redrawn, in a log, and as JSON. */
const TERMINAL = 100;
const LOG = 10_000;
const JSON_LINES = 1000;

/** Tells how downloads and preparations go: one line redrawn on a terminal, a line an interval elsewhere. */
export class Progress {
  readonly #json: boolean;
  readonly #interval: number;
  #next = performance.now();
  #began: { readonly at: number; readonly read: number; readonly type: string } | undefined;

  constructor({ json = false }: { readonly json?: boolean } = {}) {
    this.#json = json;
    this.#interval = json ? JSON_LINES : process.stdout.isTTY ? TERMINAL : LOG;
    if (!process.stdout.isTTY) this.#next += this.#interval; // what takes less needs no line
  }

  /** Takes the next event. */
  readonly tell = (event: DownloadEvent | PrepareEvent): void => {
    const now = performance.now();
    const line = event.type === 'retry' ? retryLine(event) : this.#line(event, now);
    const isDue = event.type === 'retry' || now >= this.#next;
    if (!isDue) return;
    if (event.type !== 'retry') this.#next = now + this.#interval;
    if (this.#json) print(JSON.stringify(event));
    else if (event.type !== 'retry' && process.stdout.isTTY) redraw([line]);
    else {
      clearLines();
      print(line);
    }
  };

  /** Removes the line that is redrawn. */
  done(): void {
    if (!this.#json) clearLines();
  }

  #line(event: Exclude<DownloadEvent, { type: 'retry' }> | PrepareEvent, now: number): string {
    if (event.type === 'download') {
      const { url, received, size, bytesPerSecond, secondsLeft } = event;
      return `downloading ${url.split('/').at(-1)}  ${share(received, size)}  ${rate(bytesPerSecond)}  ${left(secondsLeft)}`;
    }
    const bytesPerSecond = this.#rate(event, now);
    const { read, size } = event;
    const what = event.type === 'count' ? 'counting' : `encoding  ${count(event.tokens)} tokens`;
    return `${what}  ${share(read, size)}  ${rate(bytesPerSecond)}  ${left((size - read) / bytesPerSecond)}`;
  }

  /** Bytes a second since the first event of this type. */
  #rate({ type, read }: PrepareEvent, now: number): number {
    if (this.#began?.type !== type) this.#began = { at: now, read, type };
    const seconds = (now - this.#began.at) / 1000;
    return seconds > 0 ? (read - this.#began.read) / seconds : 0;
  }
}

function retryLine({ reason, seconds, url }: Extract<DownloadEvent, { type: 'retry' }>): string {
  return `${url.split('/').at(-1)}: ${reason}; trying again in ${duration(seconds)}`;
}

function share(part: number, whole: number): string {
  return `${megabytes(part)} of ${megabytes(whole)} MB (${((100 * part) / Math.max(1, whole)).toFixed(0)} %)`;
}

function rate(bytesPerSecond: number): string {
  return `${megabytes(bytesPerSecond)} MB/s`;
}

function left(seconds: number): string {
  return Number.isFinite(seconds) ? `${duration(seconds)} left` : '';
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
