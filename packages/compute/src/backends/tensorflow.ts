import { ready, setBackend } from '@tensorflow/tfjs-core';
import { TinyllmError } from '@tinyllm/common';
import { type Backend, importOptional, isNode } from './backend';

const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/** Native TensorFlow in Node, on CUDA or the CPU, where one of the optional peer packages is installed. */
export const tensorflow: Backend = {
  name: 'tensorflow',
  async start() {
    if (!isNode()) {
      throw new TinyllmError(
        'compute/no-tensorflow',
        'The tensorflow backend runs in Node only. Use webgpu or wasm here.',
      );
    }
    restoreIsNullOrUndefined((await importOptional<{ default: NodeUtil }>('node:util')).default);
    const causes: unknown[] = [];
    for (const name of packages) {
      try {
        await importOptional(name);
        if (!(await setBackend('tensorflow'))) throw new Error(`${name} did not initialize`);
        await ready();
        return name;
      } catch (cause) {
        causes.push(cause);
      }
    }
    throw new TinyllmError(
      'compute/no-tensorflow',
      'The tensorflow backend needs native TensorFlow: npm install @tensorflow/tfjs-node (CPU) or ' +
        '@tensorflow/tfjs-node-gpu (CUDA). Without it, use webgpu, wasm or cpu.',
      { cause: new AggregateError(causes, causes.map(firstLine).join('; ')) },
    );
  },
};

type NodeUtil = { isNullOrUndefined?: (value: unknown) => boolean };

/** tfjs-node 4.22 calls `util.isNullOrUndefined`, which Node 23 removed. */
function restoreIsNullOrUndefined(util: NodeUtil): void {
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
