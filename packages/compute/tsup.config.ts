import { library } from '../../tsup.base.ts';

export default library({
  entry: ['src/index.ts', 'src/gradients.ts', 'src/wasm/worker.js'],
  // Node cannot load tfjs-core's gradients (they import each other without file extensions), so they are bundled.
  noExternal: ['@tinyllm/common', /^@tensorflow\/tfjs-core\/dist\//],
});
