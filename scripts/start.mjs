/** `npm start`: installs, builds, trains the default recipe and prints stories of the trained model. */
import { run, setUp } from './setup.mjs';

const tinyllm = (...args) => run(process.execPath, ['apps/cli/bin/tinyllm.js', ...args]);

setUp();
console.log('\n3/3 Training (tinyllm train)\n');
tinyllm('train', ...process.argv.slice(2));
console.log('\nThree stories by the model you have trained (tinyllm sample --num-samples 3):\n');
tinyllm('sample', '--num-samples', '3', '--max-new-tokens', '800');
