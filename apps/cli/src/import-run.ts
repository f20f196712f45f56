/** Takes a run back that PyTorch went on with: its checkpoints, and its metrics behind those that were here. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { modelConfig } from '@tinyllm/model';
import type { EvaluationEvent, StepEvent } from '@tinyllm/train';
import { checkpointNames, checkpointStep, readSnapshot } from './checkpoint-files';
import { readManifest } from './manifest';
import { readTokenizer } from './model-folder';
import { METRICS } from './plot/curves';
import type { Resumed } from './resume';
import type { Exported, RunConfig } from './run-config';
import { createRun, readRunConfig, writeRunConfig } from './run-folder';
import { lockRun } from './run-lock';
import { RunRecorder } from './run-recorder';

/** Newest checkpoints that are kept in the run, besides the best. */
const KEEP = 2;

/** The run in `folder`, if `export --to pytorch` made that. */
export async function readExportedRun(folder: string): Promise<ExportedRun | undefined> {
  const { exported, ...config } = (await readRunConfig(folder)) ?? ({} as RunConfig);
  return exported && { folder, exported, config };
}

export interface ExportedRun {
  readonly folder: string;
  readonly exported: Exported;
  readonly config: RunConfig;
}

/**
 * Puts what PyTorch added to an exported run into the run that it came from, or, where that has gone on by itself or is
 * not here, into a new one of its name; notes in the exported one what was taken, so that it can go on and come back
 * again. Gives the run's folder. Throws `import/nothing-new` and `checkpoint/…`.
 */
export async function importRun({ folder, exported, config }: ExportedRun): Promise<string> {
  const isNew = (name: string): boolean => checkpointStep(name) > checkpointStep(exported.checkpoint);
  const names = (await checkpointNames(folder)).filter(isNew).reverse(); // the oldest first
  const newest = names.at(-1);
  if (newest === undefined) {
    throw new TinyllmError(
      'import/nothing-new',
      `${folder} has no checkpoint after ${exported.checkpoint}, with which it was exported. Train it first: torchrun ${join(folder, 'train.py')}`,
    );
  }
  const from = await originOf(exported);
  const run = from
    ? await writeRunConfig(join('runs', exported.run), config)
    : await createRun(exported.run, config);
  const recorder = await RunRecorder.open({
    run,
    config,
    model: modelConfig(config.model),
    tokenizer: await readTokenizer(join(folder, 'checkpoints', newest)),
    keep: KEEP,
    logs: from?.trainer.logs ?? {},
    seconds: 0,
    from,
  });
  const metrics = await readFile(join(folder, METRICS));
  let told = from ? exported.metrics : 0;
  for (const name of names) {
    const { snapshot, trainer } = await readSnapshot(join(folder, 'checkpoints', name));
    const end = trainer.logs[METRICS] ?? metrics.length;
    for (const { seconds, ...event } of eventsIn(metrics.subarray(told, end)))
      await recorder.record(event, seconds);
    told = end;
    const { step, best } = snapshot.progress;
    await recorder.show(step, undefined);
    await recorder.record({ type: 'checkpoint', step, best: best?.step === step, snapshot }, trainer.seconds);
  }
  await recorder.close();
  const taken = { ...exported, run: basename(run), checkpoint: newest, metrics: told };
  const model = (await readManifest(join(run, 'checkpoints', newest)))['model.safetensors']?.sha256 ?? '';
  await writeRunConfig(folder, { ...config, exported: { ...taken, model } });
  return run;
}

/** The checkpoint that was exported, where it still is the newest of its run, which then is this process's. */
async function originOf({ run, checkpoint, model }: Exported): Promise<Resumed['from']> {
  const folder = join('runs', run);
  if ((await checkpointNames(folder))[0] !== checkpoint) return undefined;
  await lockRun(folder);
  const path = join(folder, 'checkpoints', checkpoint);
  if ((await readManifest(path))['model.safetensors']?.sha256 !== model) return undefined;
  return { ...(await readSnapshot(path)), path };
}

/** What lines of metrics tell of. */
function eventsIn(lines: Buffer): ((StepEvent | EvaluationEvent) & { readonly seconds: number })[] {
  return lines
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
