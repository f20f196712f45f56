/** One request for the rest of a file, and what its answers mean. */
import { TinyllmError } from '@tinyllm/common';
import type * as Undici from 'undici';
import type { EnvHttpProxyAgent, Response } from 'undici';

/** Milliseconds without a byte after which a connection counts as cut. */
const SILENCE = 60_000;

/** Seconds that a server may ask to wait; beyond it a person should decide. */
const LONGEST_WAIT = 600;

/** A failure after which trying again makes sense. */
export class Interruption extends Error {
  /** Seconds that the server asked to wait, if it did. */
  readonly retryAfter: number | undefined;
  /** Whether no server answered at all. */
  readonly unreachable: boolean;

  constructor(
    message: string,
    {
      retryAfter,
      unreachable = false,
      cause,
    }: { retryAfter?: number | undefined; unreachable?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.retryAfter = retryAfter;
    this.unreachable = unreachable;
  }
}

/** The bytes of a file from `start` on, where `start` is 0 when the server sends no ranges. */
export interface Rest {
  readonly start: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Requests that go through the proxies named in HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
export class Http {
  readonly #fetch: typeof Undici.fetch;
  readonly #agent: EnvHttpProxyAgent;

  private constructor({ fetch, EnvHttpProxyAgent }: typeof Undici) {
    this.#fetch = fetch;
    this.#agent = new EnvHttpProxyAgent({ headersTimeout: SILENCE, bodyTimeout: SILENCE });
  }

  /** Loads undici, which nothing but a download needs. */
  static async open(): Promise<Http> {
    return new Http(await import('undici'));
  }

  /**
   * Bytes `from` to `size` − 1 of `url`. Throws `Interruption` for what can pass, `data/download-refused` for what
   * does not, and `data/wrong-size` when the server's file has another size.
   */
  async rest(url: string, from: number, size: number, signal?: AbortSignal): Promise<Rest> {
    const headers = { 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}) };
    const response = await this.#fetch(url, {
      headers,
      dispatcher: this.#agent,
      signal: signal ?? null,
    }).catch((cause) => {
      signal?.throwIfAborted();
      throw new Interruption(reasonOf(cause), { cause, unreachable: true });
    });
    try {
      const start = startOf(response, url, from, size);
      return { start, bytes: bytesOf(response, signal) };
    } catch (error) {
      await response.body?.cancel();
      throw error;
    }
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** Where the bytes of `response` start. */
function startOf(response: Response, url: string, from: number, size: number): number {
  const { status, headers } = response;
  if (status === 200) {
    const length = headers.get('content-length');
    if (length !== null && Number(length) !== size) throw wrongSize(url, Number(length), size);
    return 0;
  }
  if (status === 206) {
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
    if (total !== undefined && total !== '*' && Number(total) !== size)
      throw wrongSize(url, Number(total), size);
    if (Number(start) === from) return from;
    throw new Interruption(`the server sent another range than bytes ${from} and on`);
  }
  const said = `the server answered ${status} ${response.statusText}`.trim();
  const retryAfter = secondsOf(headers.get('retry-after'), headers.get('date'));
  const passes = status === 408 || status === 425 || status === 429 || status >= 500;
  if (passes && (retryAfter ?? 0) <= LONGEST_WAIT) throw new Interruption(said, { retryAfter });
  throw new TinyllmError(
    'data/download-refused',
    `Could not download ${url}: ${said}${retryAfter === undefined ? '' : `, to be asked again in ${retryAfter} s`}.`,
  );
}

function wrongSize(url: string, length: number, size: number): TinyllmError {
  return new TinyllmError(
    'data/wrong-size',
    `${url} has ${length} bytes, but the pinned file has ${size}: it is not the file that was asked for.`,
  );
}

async function* bytesOf(response: Response, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    if (response.body !== null) yield* response.body;
  } catch (cause) {
    signal?.throwIfAborted();
    throw new Interruption(`the connection was cut: ${reasonOf(cause)}`, { cause });
  }
}

/** The seconds of a Retry-After header: a number of them, or a date, which is read against the server's own. */
function secondsOf(retryAfter: string | null, date: string | null): number | undefined {
  if (retryAfter === null) return undefined;
  const seconds = /^\d+$/.test(retryAfter)
    ? Number(retryAfter)
    : (Date.parse(retryAfter) - Date.parse(date ?? '')) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

/** The innermost reason of a failed request: "connect ECONNREFUSED 127.0.0.1:1" and not "fetch failed". */
function reasonOf(error: unknown): string {
  let reason = error;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  const { code, message } = reason as NodeJS.ErrnoException;
  return message === undefined || message === '' ? String(code ?? reason) : message;
}
