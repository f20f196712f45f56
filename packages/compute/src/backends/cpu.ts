import { backend, ready, setBackend } from '@tensorflow/tfjs-core';
import type { Backend } from './backend';

/** tfjs's plain JavaScript backend: slow, everywhere, the oracle of every other. */
export const cpu: Backend = {
  name: 'cpu',
  async start() {
    await import('@tensorflow/tfjs-backend-cpu');
    await setBackend('cpu');
    await ready();
    (backend() as unknown as { firstUse: boolean }).firstUse = false; // else it prints an advertisement
    return 'plain JavaScript';
  },
};
