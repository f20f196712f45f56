/** Only one process at a time may write to a run. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpathSync, unlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';

/**
 * Keeps the run in `run` for this process until it ends, however it does: it listens where another one asks, and a process
 * that was killed no longer answers. No file in the run, no clock and no process id could be as sure. Throws
 * `checkpoint/in-use` where another process on this machine has it.
 */
export async function lockRun(run: string): Promise<void> {
  const address = addressOf(run);
  if (await listens(address)) return;
  if (await answers(address)) {
    throw new TinyllmError(
      'checkpoint/in-use',
      `Another process is writing to ${run}, and two would undo each other's work. Wait until it ends, or end it: Ctrl-C saves a checkpoint.`,
    );
  }
  removeSocket(address); // of a process that was killed
  await listens(address);
}

/** Where the process that has `run` listens: short, as a socket's name must be, and the same from any folder. */
function addressOf(run: string): string {
  const name = `tinyllm-${createHash('sha256').update(realpathSync(run)).digest('hex').slice(0, 16)}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

/** Listens at `address` while this process lives; gives whether it does: a machine without sockets trains all the same. */
async function listens(address: string): Promise<boolean> {
  const server = createServer((socket) => socket.destroy()).unref();
  try {
    await once(server.listen(address), 'listening');
  } catch {
    return false;
  }
  process.once('exit', () => removeSocket(address));
  return true;
}

/** Not by `rm`, after which Node 20 takes links for folders when it looks for modules. */
function removeSocket(address: string): void {
  try {
    unlinkSync(address);
  } catch {
    // a pipe of Windows, which goes by itself, or another user's, of whom nobody can tell
  }
}

/** Whether a process listens at `address`. */
async function answers(address: string): Promise<boolean> {
  const socket = connect(address);
  return once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy());
}
