// @boundaries-ignore one build for all packages, in the root
import { library } from '../../tsup.base.ts';

export default library({
  entry: ['src/index.ts', 'src/gradients.ts'],
  // Node cannot load tfjs-core's gradients (they import each other without file extensions), so they are bundled.
  noExternal: ['@tinyllm/common', /^@tensorflow\/tfjs-core\/dist\//],
});
