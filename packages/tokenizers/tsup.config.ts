// @boundaries-ignore one build for all packages, in the root
import { library } from '../../tsup.base.ts';

export default library({
  entry: { index: 'src/index.ts', gpt2: 'src/gpt2.ts', node: 'src/node.ts' },
  inner: { 'count-worker': 'src/node/count-worker.ts' }, // beside node.js, which starts it by that name
});
