import { setTimeout } from 'node:timers/promises';

/** Time, as downloads need it: for rates, and to wait before they try again. */
export interface Clock {
  /** Milliseconds since some moment. */
  now(): number;
  /** Resolves after `milliseconds`; rejects when `signal` is aborted. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wait: (milliseconds, signal) => setTimeout(milliseconds, undefined, signal === undefined ? {} : { signal }),
};
