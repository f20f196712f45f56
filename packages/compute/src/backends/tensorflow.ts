import { TinyllmError } from '@tinyllm/common';
import { type Backend, isNode } from './backend';

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
    const { startTensorFlow } = await import('../tensorflow/start');
    return startTensorFlow();
  },
};
