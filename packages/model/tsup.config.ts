// @boundaries-ignore one build for all packages, in the root
import { library } from '../../tsup.base.ts';

export default library({ entry: { index: 'src/index.ts', node: 'src/node.ts' } });
