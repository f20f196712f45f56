/** An HTTP server that has one file, and says to each request in turn what a test tells it to. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { RemoteFile } from '../node/download';

/** What the server does with one request. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface TestServer {
  readonly url: string;
  /** The Range header of every request so far. */
  readonly ranges: (string | undefined)[];
  /** `METHOD url` of every request so far, those for tunnels too. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** Starts a server; the last answer is given to all further requests too. */
export async function serve(...answers: readonly Answer[]): Promise<TestServer> {
  const ranges: (string | undefined)[] = [];
  const requests: string[] = [];
  const listener: RequestListener = (request, response) => {
    const answer = answers[Math.min(ranges.length, answers.length - 1)];
    ranges.push(request.headers.range);
    requests.push(`${request.method} ${request.url}`);
    answer?.(request, response);
  };
  const server = createServer(listener);
  server.on('connect', (request, socket) => {
    requests.push(`${request.method} ${request.url}`);
    const [host, port] = (request.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket);
      socket.pipe(onward);
    });
    for (const end of [onward, socket]) end.on('error', () => {}).on('close', () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    ranges,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The file as a good server sends it: all, or from where the request's range starts. */
export function all(bytes: Uint8Array): Answer {
  return ({ headers }, response) => respond(response, bytes, headers.range, bytes.length);
}

/** As `all`, but the connection breaks once `length` bytes are on their way. */
export function cutAfter(length: number, bytes: Uint8Array): Answer {
  return ({ headers }, response) => respond(response, bytes, headers.range, length);
}

/** The whole file, whatever range was asked for; broken after `length` bytes. */
export function noRanges(bytes: Uint8Array, length: number = bytes.length): Answer {
  return (_, response) => respond(response, bytes, undefined, length);
}

/** A status and headers, and no file. */
export function status(code: number, headers: Record<string, string> = {}): Answer {
  return (_, response) => response.writeHead(code, headers).end('no');
}

function respond(
  response: ServerResponse,
  bytes: Uint8Array,
  range: string | undefined,
  length: number,
): void {
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  const rest = bytes.subarray(start);
  const headers = { 'content-length': rest.length };
  if (range === undefined) response.writeHead(200, headers);
  else
    response.writeHead(206, {
      ...headers,
      'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
    });
  if (length >= rest.length) response.end(rest);
  else response.write(rest.subarray(0, length), () => response.destroy());
}

/** `bytes` as a file that is pinned. */
export function pinned(url: string, bytes: Uint8Array): RemoteFile {
  return { url, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
