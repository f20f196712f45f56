/** `npm test`: installs, builds what the tests need and runs them; arguments go to vitest. */
import { run, setUp } from './setup.mjs';

setUp();
console.log('\n3/3 Testing (vitest)\n');
run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)]);
