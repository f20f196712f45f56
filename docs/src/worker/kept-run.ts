import { zipSync } from 'fflate';
import { readSnapshot } from './checkpoint';
import { readRun, removeRun } from './run-storage';
import type { Job } from './session';

/** Says what run this browser keeps, or forgets it. */
export const keptRun: Job<'keptRun'> = async function* ({ forget }) {
  if (forget) await removeRun();
  const stored = await readRun();
  if (stored === undefined) {
    yield {};
    return;
  }
  const { run, facts, checkpoint, log } = stored;
  const { snapshot } = await readSnapshot(checkpoint);
  const data = run.text?.name ?? 'the built-in stories';
  yield { kept: { recipe: run.recipe, facts, data, step: snapshot.progress.step, log } };
};

/** Packs its newest checkpoint; parameters do not get smaller, so nothing is compressed. */
export const zipRun: Job<'zipRun'> = async function* () {
  const stored = await readRun();
  if (stored === undefined)
    throw new Error('No run is kept in this browser yet. Train one, or pause a run to save it.');
  const { snapshot } = await readSnapshot(stored.checkpoint);
  const name = `${stored.run.recipe.name}-step-${String(snapshot.progress.step).padStart(8, '0')}`;
  const paths = [...stored.checkpoint].map(([file, data]) => [`${name}/${file}`, data] as const);
  const zip = zipSync(Object.fromEntries(paths), { level: 0 });
  yield { name, zip: zip as Uint8Array<ArrayBuffer> };
};
