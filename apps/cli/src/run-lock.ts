import { TinyllmError } from '@tinyllm/common';
import { lock } from '@tinyllm/common/lock';

/**
 * Keeps the run in `run` for this process until that ends. Throws `checkpoint/in-use` where another process on this machine
 * writes to it.
 */
export async function lockRun(run: string): Promise<void> {
  if (await lock(run)) return;
  throw new TinyllmError(
    'checkpoint/in-use',
    `Another process is writing to ${run}, and two would undo each other's work. Wait until it ends, or end it: Ctrl-C saves a checkpoint.`,
  );
}
