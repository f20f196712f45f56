import { TinyllmError } from '@tinyllm/common';
import { type Backend, type BackendName, type BackendOptions, backendNames } from './backend';
import { checkOptions } from './check-options';
import { cpu } from './cpu';
import { tensorflow } from './tensorflow';
import { wasm } from './wasm';
import { webgpu } from './webgpu';

const backends: Readonly<Record<BackendName, Backend>> = { tensorflow, webgpu, wasm, cpu };

/** The backend that now runs every operation, and what answers under that name. */
export interface RunningBackend {
  readonly name: BackendName;
  readonly detail: string;
}

/**
 * Starts a backend and makes it the current one of tfjs: the one named, or else the first of `backendNames`
 * that this machine can start, but never a software WebGPU adapter. A named one that cannot start throws
 * `compute/no-…`, saying what to install; an unknown name throws `compute/unknown-backend`, an option that makes no sense
 * `config/invalid-field`. Calls at the same time start one after another, and the last one's backend stays.
 */
export async function useBackend(name?: BackendName, options: BackendOptions = {}): Promise<RunningBackend> {
  checkOptions(options);
  return inTurn(() => start(name, options));
}

/** The last start that was asked for. */
let lastStart: Promise<unknown> = Promise.resolve();

/** Starts after those before it: two at once would find no backend running, and start one each. */
function inTurn<Result>(run: () => Promise<Result>): Promise<Result> {
  const started = lastStart.catch(() => undefined).then(run);
  lastStart = started;
  return started;
}

async function start(name: BackendName | undefined, options: BackendOptions): Promise<RunningBackend> {
  if (name !== undefined) {
    if (!Object.hasOwn(backends, name)) {
      throw new TinyllmError(
        'compute/unknown-backend',
        `There is no backend "${name}". Choose one of ${backendNames.join(', ')}, or none for the best there is.`,
      );
    }
    return { name, detail: await backends[name].start(options, true) };
  }
  const causes: unknown[] = [];
  for (const candidate of backendNames) {
    try {
      return { name: candidate, detail: await backends[candidate].start(options, false) };
    } catch (cause) {
      causes.push(cause);
    }
  }
  throw new TinyllmError('compute/no-backend', 'No backend starts here, not even cpu: see the cause.', {
    cause: new AggregateError(causes),
  });
}

/** Whether a backend starts here, and if not, why and what to do. */
export interface BackendReport {
  readonly name: BackendName;
  readonly usable: boolean;
  /** What answers, or why none does. */
  readonly detail: string;
  /** The reason beneath, if there is one. */
  readonly cause?: unknown;
}

/**
 * Tries every backend in turn, as `doctor` does. The one that starts last stays the current one. Throws
 * `config/invalid-field`.
 */
export async function probeBackends(options: BackendOptions = {}): Promise<BackendReport[]> {
  checkOptions(options);
  return inTurn(() => probe(options));
}

async function probe(options: BackendOptions): Promise<BackendReport[]> {
  const reports: BackendReport[] = [];
  for (const name of backendNames) {
    try {
      reports.push({ name, usable: true, detail: await backends[name].start(options, false) });
    } catch (error) {
      const { message, cause } = error as Error;
      reports.push({ name, usable: false, detail: message, cause });
    }
  }
  return reports;
}
