import { backend, engine, getBackend, type KernelBackend } from '@tensorflow/tfjs-core';
import { TinyllmError } from '@tinyllm/common';

/**
 * tfjs's current backend; tfjs starts one that was only registered. Throws `compute/not-started` where there is none, of which
 * tfjs says that its registry is empty.
 */
export function currentBackend(): KernelBackend {
  if (getBackend() === undefined && Object.keys(engine().registryFactory).length === 0) {
    throw new TinyllmError(
      'compute/not-started',
      'No backend has started. Write `await useBackend()` first; without `await`, it has only begun to start.',
    );
  }
  return backend();
}
