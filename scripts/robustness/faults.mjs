/**
 * Loaded before a program, lets the clock jump by up to a day, forwards and back, at random moments, and ends a worker
 * thread after FAULT_WORKER milliseconds, if that is set. FAULT_SEED decides the jumps.
 */
import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';
import { createRandom } from './random.mjs';

const { FAULT_SEED, FAULT_WORKER } = process.env;
const DAY = 86_400_000;
const random = createRandom(Number(FAULT_SEED));
const { now } = Date;
let shift = 0;

Date.now = () => {
  if (random() < 0.1) shift = Math.round((random() * 2 - 1) * DAY);
  return now() + shift;
};

if (FAULT_WORKER !== undefined) {
  const running = [];
  threads.Worker = class extends threads.Worker {
    constructor(...args) {
      super(...args);
      running.push(this);
    }
  };
  syncBuiltinESMExports();
  setTimeout(() => running[Math.floor(random() * running.length)]?.terminate(), Number(FAULT_WORKER)).unref();
}
