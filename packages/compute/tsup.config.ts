// @boundaries-ignore one build for all packages, in the root
import { library } from '../../tsup.base.ts';

export default library({
  entry: { index: 'src/index.ts', gradients: 'src/gradients.ts' },
  inner: {
    wasm: 'src/wasm/start.ts', // named, so that a page's bundle shows how large each backend is
    webgpu: 'src/webgpu/start.ts',
    tensorflow: 'src/tensorflow/start.ts',
    worker: 'src/wasm/worker.js', // beside the module that starts it, from source as from here
  },
  // Node cannot load tfjs-core's gradients (they import each other without file extensions), so they are bundled.
  noExternal: ['@tinyllm/common', /^@tensorflow\/tfjs-core\/dist\//],
});
