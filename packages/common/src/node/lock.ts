/** Files and folders that one process at a time may write to. For Node only. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, realpathSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

export interface Lock {
  release(): void;
}

/**
 * Keeps `path`, whose folder exists, for the caller until it releases it or its process ends, however it does: the process
 * listens where others ask, and one that was killed no longer answers. No file, clock or process id could be as sure.
 * Gives nothing where another caller on this machine has it.
 */
export async function lock(path: string): Promise<Lock | undefined> {
  const address = addressOf(path);
  const server = await listen(address);
  if (server) return held(server);
  if (await answers(address)) return undefined;
  removeSocket(address); // of a process that was killed
  const second = await listen(address);
  if (second) return held(second);
  return (await answers(address)) ? undefined : { release() {} }; // a machine without sockets works all the same
}

function held(server: Server): Lock {
  return { release: () => void server.close() };
}

/**
 * Where the process that has `path` listens, the same from any folder: on Windows and Linux a name that goes with its process,
 * elsewhere a file.
 */
function addressOf(path: string): string {
  const whole = resolve(path);
  const real = existsSync(whole) ? realpathSync(whole) : join(realpathSync(dirname(whole)), basename(whole));
  const name = `tinyllm-${createHash('sha256').update(real).digest('hex').slice(0, 16)}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  return process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`);
}

/** A server at `address` that keeps no process alive; none where it cannot listen. */
async function listen(address: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy()).unref();
  try {
    await once(server.listen(address), 'listening');
    return server;
  } catch {
    return undefined;
  }
}

async function answers(address: string): Promise<boolean> {
  const socket = connect(address);
  return once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy());
}

/** Not by `rm`, after which Node 20 takes links for folders when it looks for modules. */
function removeSocket(address: string): void {
  try {
    unlinkSync(address);
  } catch {
    // no file, but a name, or another user's file
  }
}
