/**
 * Loaded before a program, kills it with SIGKILL at its KILL_AT-th change of a file or folder: before it, or in the
 * middle of what a write has to write. Tells how many there were when the program ends by itself.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const killAt = Number(process.env.KILL_AT);
let operations = 0;

function isLast() {
  return ++operations === killAt;
}

function die() {
  process.kill(process.pid, 'SIGKILL');
  for (;;); // the signal is on its way
}

for (const name of ['mkdir', 'mkdtemp', 'rename', 'rm', 'truncate']) {
  const original = fs.promises[name];
  fs.promises[name] = (...args) => (isLast() ? die() : original(...args));
}

const open = fs.promises.open;
fs.promises.open = async (...args) => {
  const handle = await open(...args);
  const [write, append] = [handle.write.bind(handle), handle.appendFile.bind(handle)];
  handle.write = async (data, at, length) => {
    if (!isLast()) return write(data, at, length);
    await write(data, at, length >> 1);
    return die();
  };
  handle.appendFile = async (data) => {
    if (!isLast()) return append(data);
    await append(Buffer.from(data).subarray(0, data.length / 2));
    return die();
  };
  for (const name of ['sync', 'datasync']) {
    const original = handle[name].bind(handle);
    handle[name] = (...rest) => (isLast() ? die() : original(...rest));
  }
  return handle;
};

syncBuiltinESMExports();
process.on('exit', () => process.stderr.write(`${operations} operations on files\n`));
