/** Training through `train()`, clipping on: tokens a second beside PyTorch and stock TensorFlow.js, taking turns. */
import { benchGPT } from './peers/gpt-bench.mjs';

export const packages = ['@tinyllm/train', '@tinyllm/sample'];

/** Steps in a turn. */
const steps = { S1: 30, S2: 2, S3: 4, S4: 3 };
/** Batch sizes that stock TensorFlow.js has memory for. */
const stock = { S1: 12, S2: 1, S3: 1, S4: 1 };

export const bench = ({ runs, threads }) => benchGPT('train', steps, { runs, threads, stock });
