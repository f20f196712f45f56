/** Sampling one text through `generate()`: tokens a second beside PyTorch, both computing the whole window each time. */
import { benchGPT } from './peers/gpt-bench.mjs';

export const packages = ['@tinyllm/train', '@tinyllm/sample'];

/** Tokens in a turn. */
const tokens = { S1: 200, S2: 100, S3: 40, S4: 40 };

export const bench = ({ runs, threads }) => benchGPT('sample', tokens, { runs, threads });
