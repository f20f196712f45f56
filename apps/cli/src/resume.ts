/** Finding the run that `--resume` goes on with, and seeing that it is still the same run. */
import { basename, dirname, join, resolve } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import type { Snapshot } from '@tinyllm/train';
import { checkpointNames, readSnapshot, type TrainerFile } from './checkpoint-files';
import { warn } from './output';
import type { RunConfig } from './run-config';
import { readRunConfig, runsByAge } from './run-folder';
import { lockRun } from './run-lock';

/** A run to go on with. */
export interface Resumed {
  readonly run: string;
  readonly config: RunConfig;
  /** None where it was killed before its first checkpoint: then it begins again. */
  readonly from?: { readonly snapshot: Snapshot; readonly trainer: TrainerFile; readonly path: string };
  /** Whether it goes on in its own folder: not from a checkpoint that has newer ones beside it. */
  readonly inPlace: boolean;
}

/**
 * The run that `target` says: the folder of a run, which goes on from its newest whole checkpoint, or of a
 * checkpoint; `auto` is runs/`name`, else the newest run of the recipe `recipe`, else the newest, or none where there
 * is none yet. One that goes on in its own folder is this process's from here on. Throws `checkpoint/not-found`,
 * `checkpoint/in-use` and `checkpoint/damaged`.
 */
export async function findResumed(
  target: string,
  { name, recipe }: { readonly name: string | undefined; readonly recipe: string | undefined },
): Promise<Resumed | undefined> {
  if (target !== 'auto') return open(target);
  for (const run of name === undefined ? await runsByAge() : [join('runs', name)]) {
    const config = await readRunConfig(run);
    if (config?.recipe && (name !== undefined || recipe === undefined || config.recipe.name === recipe)) {
      return openRun(run, config);
    }
  }
  return undefined;
}

/** Throws `checkpoint/other-config` naming what differs, where a run would not go on as it began. */
export function refuseDifferences(before: RunConfig, now: RunConfig, run: string): void {
  const [was, is] = [decisive(before), decisive(now)];
  const fields = [...new Set([...was.keys(), ...is.keys()])].filter(
    (field) => was.get(field) !== is.get(field),
  );
  if (fields.length === 0) return;
  const changes = fields.map(
    (field) => `${field} was ${was.get(field) ?? 'not set'} and is ${is.get(field)}`,
  );
  throw new TinyllmError(
    'checkpoint/other-config',
    `${run} cannot go on with another config: ${changes.join('; ')}. ` +
      'Leave out what changes it, or begin a new run without --resume.',
  );
}

async function open(path: string): Promise<Resumed> {
  const config = await readRunConfig(path);
  if (config?.recipe) return openRun(path, config);
  const run = dirname(dirname(resolve(path)));
  const runConfig = await readRunConfig(run);
  if (runConfig === undefined) {
    throw new TinyllmError(
      'checkpoint/not-found',
      `There is no run in ${path}. Give the folder of a run or of one of its checkpoints, or --resume auto.`,
    );
  }
  const inPlace = (await checkpointNames(run))[0] === basename(path);
  if (inPlace) await lockRun(run);
  return { run, config: runConfig, from: await openFrom(path), inPlace };
}

/** What a run goes on from; that of an older version is told of. */
async function openFrom(path: string): Promise<NonNullable<Resumed['from']>> {
  const { snapshot, trainer } = await readSnapshot(path);
  if (trainer.facts === undefined) {
    warn(
      `${path} is of an older tinyllm and has no model card. The run goes on, and its next checkpoint has one.`,
    );
  }
  return { snapshot, trainer, path };
}

/** A run with its newest checkpoint that is whole; those that are not are told of. */
async function openRun(run: string, config: RunConfig): Promise<Resumed> {
  await lockRun(run);
  const names = await checkpointNames(run);
  for (const [i, name] of names.entries()) {
    const path = join(run, 'checkpoints', name);
    try {
      return { run, config, from: await openFrom(path), inPlace: true };
    } catch (error) {
      if (!(error instanceof TinyllmError) || i === names.length - 1) throw error;
      warn(`${error.message} Going on from the one before.`);
    }
  }
  return { run, config, inPlace: true };
}

/** What decides a run's numbers, flattened. How long it goes on does not, nor what computes it, and how precisely. */
function decisive({ recipe, model, data }: RunConfig): Map<string, string> {
  const { maxIters: _, precision: __, ...training } = recipe.training;
  const { corpus, tokenizer } = recipe;
  return new Map(
    flatten({ recipe: recipe.name, corpus, tokenizer, model, training, data: data.fingerprint }),
  );
}

function* flatten(value: object, prefix = ''): Generator<[string, string]> {
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'object' && inner !== null) yield* flatten(inner, `${prefix}${key}.`);
    else if (inner !== undefined) yield [prefix + key, String(inner)];
  }
}
