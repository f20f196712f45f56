// @boundaries-ignore one build for all packages, in the root
import { library } from '../../tsup.base.ts';

export default library({
  // the worker lies beside the module that starts it, from source as from here
  entry: { index: 'src/index.ts', gradients: 'src/gradients.ts', worker: 'src/wasm/worker.js' },
  // Node cannot load tfjs-core's gradients (they import each other without file extensions), so they are bundled.
  noExternal: ['@tinyllm/common', /^@tensorflow\/tfjs-core\/dist\//],
});
