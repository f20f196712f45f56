/** Loaded before a program, says "saving" on standard error when a checkpoint is written, and never ends to write it. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const open = fs.promises.open;
fs.promises.open = async (path, ...args) => {
  if (!String(path).includes('checkpoints')) return open(path, ...args);
  process.stderr.write('saving\n');
  return new Promise(() => setInterval(() => undefined, 1000)); // the process must not end by itself meanwhile
};
syncBuiltinESMExports();
