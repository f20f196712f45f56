/** A run on disk: `config.json`, what is added to as it goes, and `checkpoints/` with the pointers `latest` and `best`. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { renameOver, replaceFile } from '@tinyllm/common/disk';
import { type Model, type ModelConfig, SHARD_INDEX } from '@tinyllm/model';
import { openModelFolder, type ParameterFiles } from '@tinyllm/model/node';
import type { Tokenizer } from '@tinyllm/tokenizers';
import { lossOf } from '@tinyllm/train';
import {
  checkpointNames,
  onRunsDisk,
  parseOurs,
  readPointer,
  readTrainer,
  TRAINER,
  type TrainerFile,
} from './checkpoint-files';
import { foldersIn } from './disk';
import { MANIFEST, readManifest, verify } from './manifest';
import { readTokenizer } from './model-folder';
import { checkName } from './names';
import type { RunFacts } from './run-card';
import type { RunConfig } from './run-config';
import { lockRun } from './run-lock';

/** What the trainer knew when it saved. */
export interface TrainerState {
  readonly recipe: string;
  /** How many steps are behind the model. */
  readonly step: number;
  readonly tokensSeen: number;
  /** In nats per token. */
  readonly trainLoss: number;
  readonly validationLoss: number;
  /** Where a sample starts. */
  readonly prompt: string;
}

export interface Checkpoint {
  readonly path: string;
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  /** None where the model was imported. */
  readonly trainer?: TrainerState;
  /** For its model card; none where the model was imported. */
  readonly facts?: RunFacts;
  /** Loads the parameters onto the current backend; the caller disposes the model. Throws `checkpoint/damaged`. */
  load(): Promise<Model>;
  /** Opens the parameters to read them on no backend; the caller closes. Throws `checkpoint/damaged`. */
  open(): Promise<ParameterFiles>;
}

/**
 * Makes `runs/<name>`, or `<name>-2` and so on where there is one already, with its `config.json` or not at all, for this
 * process; gives its path. Throws `checkpoint/unwritable`.
 */
export async function createRun(name: string, config: RunConfig): Promise<string> {
  return onRunsDisk('runs', async () => {
    const temporary = join('runs', `.new-${randomUUID()}`);
    await mkdir(temporary, { recursive: true });
    await writeRunConfig(temporary, config);
    for (let i = 1; ; i++) {
      const folder = join('runs', i === 1 ? name : `${name}-${i}`);
      if (existsSync(folder)) continue;
      try {
        await renameOver(temporary, folder);
      } catch (error) {
        if (existsSync(folder)) continue; // another process was faster
        throw error;
      }
      await lockRun(folder);
      return folder;
    }
  });
}

/** Writes the `config.json` of the run in `run`, whole or not at all; gives `run`. Throws `checkpoint/unwritable`. */
export async function writeRunConfig(run: string, config: RunConfig): Promise<string> {
  await onRunsDisk(run, () => replaceFile(join(run, 'config.json'), `${JSON.stringify(config, null, 2)}\n`));
  return run;
}

/** The `config.json` of a run; none where it was not written yet. Throws `checkpoint/damaged`. */
export async function readRunConfig(run: string): Promise<RunConfig | undefined> {
  const path = join(run, 'config.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const config = parseOurs(text, path) as RunConfig; // or a model's
  const { recipe, exported } = (config ?? {}) as Partial<RunConfig>;
  for (const name of [recipe?.name, exported?.run, exported?.checkpoint])
    if (name !== undefined) checkName(name, path);
  return config;
}

/** Folders in `runs/`, the newest first. */
export async function runsByAge(): Promise<string[]> {
  const runs = await foldersIn('runs');
  return runs.sort((a, b) => b.time - a.time).map(({ path }) => path);
}

/**
 * Reads a checkpoint: `path` is its folder, or a run's, whose latest is taken; by default the newest run in
 * `runs/`. A model folder of others, which has no manifest, is read as it is. Throws `checkpoint/not-found`, saying how
 * to train one, `checkpoint/damaged`, and as `openModelFolder` does.
 */
export async function openCheckpoint(path: string | undefined): Promise<Checkpoint> {
  const folder = await findCheckpoint(path);
  const isOurs = existsSync(join(folder, TRAINER)) || existsSync(join(folder, MANIFEST));
  const manifest = isOurs ? await readManifest(folder) : {};
  const weights = (name: string): boolean => name.endsWith('.safetensors');
  for (const name of Object.keys(manifest)) if (!weights(name)) await verify(folder, manifest, name);
  const { model: config, load, open } = openModelFolder(folder);
  const trainerText = await readFile(join(folder, TRAINER), 'utf8').catch(() => undefined);
  const trainer = trainerText === undefined ? undefined : readTrainer(trainerText, folder);
  return {
    path: folder,
    config,
    tokenizer: await readTokenizer(folder),
    ...(trainer && { trainer: stateOf(trainer) }),
    ...(trainer?.facts && { facts: trainer.facts }),
    async load() {
      if (isOurs) await verify(folder, manifest, 'model.safetensors');
      return load();
    },
    async open() {
      if (isOurs) await verify(folder, manifest, 'model.safetensors');
      return open();
    },
  };
}

function stateOf({ recipe, prompt, progress }: TrainerFile): TrainerState {
  const { step, tokensSeen, lastEvaluation: last } = progress;
  const trainLoss = last?.train.loss ?? Number.NaN;
  return {
    recipe,
    step,
    tokensSeen,
    trainLoss,
    validationLoss: last ? lossOf(last) : Number.NaN,
    prompt,
  };
}

async function findCheckpoint(path: string | undefined): Promise<string> {
  const candidates = path === undefined ? await runsByAge() : [path];
  for (const candidate of candidates) {
    for (const weights of ['model.safetensors', SHARD_INDEX])
      if (existsSync(join(candidate, weights))) return candidate;
    const latest = (await readPointer(candidate, 'latest')) ?? (await checkpointNames(candidate))[0];
    if (latest !== undefined) return join(candidate, 'checkpoints', latest);
  }
  throw new TinyllmError(
    'checkpoint/not-found',
    path === undefined
      ? 'There is no checkpoint in runs/ yet. Train a model first: tinyllm train. Or import one: tinyllm import --help'
      : `There is no checkpoint in ${path}. Give the folder of a run or of one of its checkpoints, train: tinyllm train, or import: tinyllm import --help`,
  );
}
