/**
 * The seconds that shakespeare-char-cpu trains until a validation loss (`--target 1.88`), ours beside the same recipe in
 * PyTorch, in turns of 50 steps, so that both have the same machine. The loss is that of 2,400 windows spread evenly
 * over the validation text, the same for both; reading it is not counted. A run that has not reached it after `--steps`,
 * where the rate is at its floor, says so; the recipe has 2,000. Seeds differ by 0.02: see docs/recipes.md.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startPeer } from './peers/process.mjs';
import { torch } from './peers/torch.mjs';

export const packages = ['@tinyllm/train', '@tinyllm/data', '@tinyllm/tokenizers'];

const TURN = 50;
/** Validation batches that a loss is the mean of. */
const BATCHES = 200;

export async function bench({ threads, data, target, steps }) {
  if (!existsSync(data)) throw new Error(`There is no ${data}: give Tiny Shakespeare with --data input.txt`);
  const { recipes } = await import('../packages/train/dist/index.js');
  const { model, training } = recipes.find(({ name }) => name === 'shakespeare-char-cpu');
  const recipe = JSON.stringify({ model, training: { ...training, maxIters: steps, lrDecayIters: steps } });
  const script = fileURLToPath(new URL('peers/recipe.mjs', import.meta.url));
  const args = [...process.execArgv, script, data, recipe, String(threads)];
  const peers = [
    { name: 'tinyllm', start: () => startPeer(process.execPath, args) },
    torch('nanogpt.py', [data, recipe], threads),
  ];
  const runs = [];
  for (const { name, start } of peers) {
    runs.push({ name, seconds: 0, step: 0, loss: Number.POSITIVE_INFINITY, ...(await start()) });
  }
  for (let step = 0; step < steps; step += TURN) {
    for (const run of runs.filter(({ absent, reached }) => !absent && reached === undefined)) {
      const count = Math.min(TURN, steps - step);
      const { seconds } = await run.ask(`train ${count}`);
      const { loss } = await run.ask(`evaluate validation ${BATCHES}`);
      Object.assign(run, { seconds: run.seconds + seconds, step: step + count, loss });
      if (loss <= target) run.reached = run.seconds;
    }
  }
  for (const { stop } of runs) stop?.();
  const [ours, other] = runs;
  return runs.map(({ name, version, absent, step, loss, seconds, reached }) => ({
    bench: 'time-to-loss',
    peer: absent ? `${name}: absent (${absent})` : `${name} (${version})`,
    steps: step,
    loss,
    seconds,
    secondsToTarget: reached ?? 'not reached',
    millisecondsAStep: (1000 * seconds) / step,
    timeBesidePeer: other.absent ? undefined : ours.seconds / ours.step / (other.seconds / other.step),
  }));
}
