import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { tensorMemory } from '@tinyllm/train';
import type { RunRecorder } from './run-recorder';

/** Milliseconds between two lines. */
const INTERVAL = 10_000;

/** Milliseconds that training waits for the card's answer: a driver may hang. */
const LONGEST_ANSWER = 5000;

const QUERY = ['--query-gpu=memory.used,utilization.gpu', '--format=csv,noheader,nounits'];

/** Adds what a run uses of its machine to `resources.jsonl`, a line an interval. */
export class ResourceLog {
  readonly #recorder: RunRecorder;
  #hasGPU = true; // until nvidia-smi does not answer
  #last = Number.NEGATIVE_INFINITY;
  #cpu = process.cpuUsage();

  constructor(recorder: RunRecorder) {
    this.#recorder = recorder;
  }

  /** Takes a step; writes a line where one is due. */
  async tell(step: number): Promise<void> {
    const now = performance.now();
    if (now - this.#last < INTERVAL) return;
    const { user, system } = process.cpuUsage(this.#cpu);
    const cores = (user + system) / 1000 / (now - this.#last); // 0 at the first line, which has no interval
    this.#last = now;
    this.#cpu = process.cpuUsage();
    const { rss, heapUsed, external } = process.memoryUsage();
    const gpu = await this.#gpu();
    const line = {
      step,
      seconds: this.#recorder.seconds,
      cores,
      rss,
      heapUsed,
      external,
      ...tensorMemory(),
      ...gpu,
    };
    await this.#recorder.append('resources.jsonl', `${JSON.stringify(line)}\n`);
  }

  /** Megabytes in use and percent of time busy of each NVIDIA card, where there are any. */
  async #gpu(): Promise<{ gpus?: { megabytes: number; busy: number }[] }> {
    if (!this.#hasGPU) return {};
    try {
      const { stdout } = await promisify(execFile)('nvidia-smi', QUERY, {
        signal: AbortSignal.timeout(LONGEST_ANSWER), // `timeout` would wait for the end of what it ends
      });
      const cards = stdout
        .trim()
        .split('\n')
        .map((line) => line.split(',').map(Number));
      return { gpus: cards.map(([megabytes = 0, busy = 0]) => ({ megabytes, busy })) };
    } catch {
      this.#hasGPU = false;
      return {};
    }
  }
}
