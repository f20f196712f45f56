/**
 * `pnpm fuzz [cases] [seed]`: the fuzz suites with so many damaged files in all, a million by default, and others each
 * night: the seed is the day's number unless one is given. What fails prints its seed and a small case.
 */
import { run } from './setup.mjs';

/** Properties in `*.fuzz.test.ts`. */
const PROPERTIES = 17;
const DAY = 86_400_000;

const [cases = 1_000_000, seed = Math.floor(Date.now() / DAY)] = process.argv.slice(2).map(Number);
process.env.TINYLLM_FUZZ_CASES = String(Math.ceil(cases / PROPERTIES));
process.env.TINYLLM_FUZZ_SEED = String(seed);
console.log(`${cases} cases, seed ${seed}`);
const vitest = ['node_modules/vitest/vitest.mjs', 'run', 'fuzz.test', '--testTimeout', '3600000'];
run(process.execPath, vitest);
