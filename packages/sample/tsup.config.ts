// @boundaries-ignore one build for all packages, in the root
import { library } from '../../tsup.base.ts';

export default library({ entry: ['src/index.ts', 'src/judge.ts', 'src/metrics.ts'] });
