/**
 * The team: every kernel is run by all threads at once over one shared memory, each on its share of the work
 * (SPMD), and meets the others at barriers. Below src/wasm/backend.ts's heap lies what they share; the kernel's number and arguments
 * are there too, at addresses that src/wasm/team.ts names.
 */

const EPOCH: usize = 64; // grows by one with every kernel call
const ARRIVED: usize = 128; // threads waiting at the barrier
const GENERATION: usize = 192; // grows by one whenever a barrier opens
const CRASHED: usize = 256; // not 0 once a thread has failed
const SLEEPERS: usize = 288; // threads that sleep or are about to: to wake nobody costs several microseconds
const TAKEN: usize = 1024; // for each thread, how many of its parts are taken since the last barrier; 64 bytes apart
/**
 * Looks at a word before sleeping on it, at most: about two milliseconds, for waking a thread costs some 50 µs and a
 * training step has hundreds of barriers. Where other programs want the cores, a thread that looks for long keeps the
 * one it waits for from running: so each time that it did sleep it looks half as long, down to the least.
 */
const MOST_LOOKS: i32 = 3_000_000;
const LEAST_LOOKS: i32 = 30_000;
let looks: i32 = MOST_LOOKS;

/** Learns from a wait: whether the thread slept. */
function learn(slept: bool): void {
  looks = slept ? max(looks >> 1, LEAST_LOOKS) : min(looks + (looks >> 4), MOST_LOOKS);
}

const FOREVER: i64 = -1;
/** How long a sleeping thread waits before it looks whether another has crashed, nanoseconds. */
const ROUND: i64 = 100_000_000;
/** What a sleep gives that nobody has ended. */
const TIMED_OUT: i32 = 2;

/** Asks the backend whether all threads live. Only the first thread is told of one that was ended from outside. */
declare function allLive(): bool;

export let thread: i32 = 0;
export let threads: i32 = 1;
/** This thread's own working memory. */
export let scratch: usize = 0;
/** The first thread's working memory, which all may use between barriers. */
export let shared: usize = 0;
/** Of how many threads this one has seen all parts taken since the last barrier. */
let turns: i32 = 0;
/** Whether this thread may sleep: a page's main thread may not. */
let maySleep: bool = true;

/** Tells an instance which thread it is. */
export function join(index: i32, count: i32, scratchAt: usize, sharedAt: usize, sleeps: bool): void {
  thread = index;
  threads = count;
  scratch = scratchAt;
  shared = sharedAt;
  maySleep = sleeps;
}

/** From here on kernels run on `count` threads: the team's size, or 1 for work too small to share. */
export function share(count: i32): void {
  threads = count;
}

/** Starts the workers on the kernel whose number and arguments have been written. */
export function start(): void {
  atomic.add<i32>(EPOCH, 1);
  wake(EPOCH);
}

/** Sleeps until woken at the word `at`, unless that is no longer `seen`; for `nanoseconds` at most. Gives why it ended. */
function sleep(at: usize, seen: i32, nanoseconds: i64): i32 {
  atomic.add<i32>(SLEEPERS, 1);
  const reason = atomic.wait<i32>(at, seen, nanoseconds);
  atomic.sub<i32>(SLEEPERS, 1);
  return reason;
}

/** Wakes those that sleep at a word, after a change of it: whoever is not counted yet will see the change. */
function wake(at: usize): void {
  if (atomic.load<i32>(SLEEPERS) !== 0) atomic.notify(at, -1);
}

/** Sleeps until the epoch is no longer `seen`, and returns it. */
export function awaitStart(seen: i32): i32 {
  let looked = 0;
  while (atomic.load<i32>(EPOCH) === seen) {
    if (++looked > looks) sleep(EPOCH, seen, FOREVER);
  }
  return atomic.load<i32>(EPOCH);
}

/**
 * A part of `count` that nobody has taken since the last barrier, or `count` when there is none left. A thread takes those
 * that `shareOf` gives it first, which are where its caches are, and then what others have not come to.
 */
export function take(count: i32): i32 {
  for (; turns < threads; turns++) {
    const owner = thread + turns < threads ? thread + turns : thread + turns - threads;
    const part = shareOf(count, owner) + atomic.add<i32>(TAKEN + 64 * owner, 1);
    if (part < shareOf(count, owner + 1)) return part;
  }
  return count;
}

/** Returns once every thread of the team has come here. Traps when one of them has crashed or lives no more. */
export function barrier(): void {
  turns = 0;
  if (threads === 1) {
    atomic.store<i32>(TAKEN + 64 * thread, 0);
    return;
  }
  const generation = atomic.load<i32>(GENERATION);
  if (atomic.add<i32>(ARRIVED, 1) === threads - 1) {
    atomic.store<i32>(ARRIVED, 0);
    for (let i = 0; i < threads; i++) atomic.store<i32>(TAKEN + 64 * i, 0);
    atomic.add<i32>(GENERATION, 1);
    wake(GENERATION);
    return;
  }
  let looked = 0;
  while (atomic.load<i32>(GENERATION) === generation) {
    if (atomic.load<i32>(CRASHED) !== 0) unreachable();
    if (++looked <= looks || !maySleep) continue;
    if (sleep(GENERATION, generation, ROUND) === TIMED_OUT && !allLive()) crash();
  }
  learn(looked > looks);
}

/** Says that this thread has failed, so that no other waits for it. */
export function crash(): void {
  atomic.store<i32>(CRASHED, 1);
  wake(GENERATION);
}

/** Where a thread's share of `count` things begins; that of `index + 1` is where it ends. Multiples of `step`. */
export function shareOf(count: i32, index: i32, step: i32 = 1): i32 {
  const steps: i64 = (count + step - 1) / step;
  return min(<i32>((steps * index) / threads) * step, count);
}
