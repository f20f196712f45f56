/** A run on disk: `config.json`, `metrics.jsonl`, `samples.md`, and `checkpoints/` with the pointers `latest` and `best`. */
import { appendFile, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import type { Model, ModelConfig } from '@tinyllm/model';
import { openModelFolder } from '@tinyllm/model/node';
import type { Tokenizer } from '@tinyllm/tokenizers';
import { modelFiles, readTokenizer } from './model-folder';

/** What the trainer knew when it saved. */
export interface TrainerState {
  readonly recipe: string;
  /** How many updates the model has had. */
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
  /** Loads the parameters onto the current backend; the caller disposes the model. */
  load(): Promise<Model>;
}

/** Makes `runs/<name>`, or `<name>-2` and so on where there is one already, and writes its `config.json`. */
export async function createRun(name: string, config: object): Promise<string> {
  for (let i = 1; ; i++) {
    const folder = join('runs', i === 1 ? name : `${name}-${i}`);
    await mkdir('runs', { recursive: true });
    try {
      await mkdir(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw error;
    }
    await writeFile(join(folder, 'config.json'), json(config));
    return folder;
  }
}

/** Adds one line to the run's `metrics.jsonl`. */
export async function appendMetrics(run: string, metrics: object): Promise<void> {
  await appendFile(join(run, 'metrics.jsonl'), `${JSON.stringify(metrics)}\n`);
}

/** Adds a sample to the run's `samples.md`. */
export async function appendSample(run: string, step: number, text: string): Promise<void> {
  await appendFile(join(run, 'samples.md'), `## Step ${step}\n\n${text.trim()}\n\n`);
}

/**
 * Saves a checkpoint and points `latest`, and `best` where it is, at it; only these two are kept. It is written
 * under a temporary name, flushed and renamed, so there is never half a one.
 */
export async function saveCheckpoint(
  run: string,
  {
    model,
    tokenizer,
    trainer,
    best,
  }: { model: Model; tokenizer: Tokenizer; trainer: TrainerState; best: boolean },
): Promise<string> {
  const name = `step-${String(trainer.step).padStart(8, '0')}`;
  const checkpoints = join(run, 'checkpoints');
  const temporary = join(checkpoints, `.${name}`);
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  for (const [file, content] of await modelFiles(model, tokenizer)) {
    await writeFlushed(join(temporary, file), content);
  }
  await writeFlushed(join(temporary, 'trainer.json'), json(trainer));
  await rm(join(checkpoints, name), { recursive: true, force: true });
  await rename(temporary, join(checkpoints, name));
  for (const pointer of best ? ['latest', 'best'] : ['latest']) {
    await writeFlushed(join(run, `.${pointer}`), `${name}\n`);
    await rename(join(run, `.${pointer}`), join(run, pointer));
  }
  const kept = [await readPointer(run, 'latest'), await readPointer(run, 'best')];
  for (const other of await readdir(checkpoints)) {
    if (!kept.includes(other)) await rm(join(checkpoints, other), { recursive: true });
  }
  return join(checkpoints, name);
}

/**
 * Reads a checkpoint: `path` is its folder, or a run's, whose latest is taken; by default the newest run in
 * `runs/`. Throws `checkpoint/not-found`, saying how to train one, and `checkpoint/unreadable`.
 */
export async function openCheckpoint(path: string | undefined): Promise<Checkpoint> {
  const folder = await findCheckpoint(path);
  try {
    const { model: config, load } = openModelFolder(folder);
    const tokenizer = await readTokenizer(folder);
    const trainer = await readFile(join(folder, 'trainer.json'), 'utf8').catch(() => undefined);
    return {
      path: folder,
      config,
      tokenizer,
      ...(trainer === undefined ? {} : { trainer: JSON.parse(trainer) as TrainerState }),
      load: async () => load(),
    };
  } catch (cause) {
    throw new TinyllmError(
      'checkpoint/unreadable',
      `${folder} is not a whole checkpoint: ${(cause as Error).message} Choose another with --checkpoint.`,
      { cause },
    );
  }
}

async function findCheckpoint(path: string | undefined): Promise<string> {
  const candidates = path === undefined ? await runsByAge() : [path];
  for (const candidate of candidates) {
    if (await exists(join(candidate, 'model.safetensors'))) return candidate;
    const latest = await readPointer(candidate, 'latest');
    if (latest !== undefined) return join(candidate, 'checkpoints', latest);
  }
  throw new TinyllmError(
    'checkpoint/not-found',
    path === undefined
      ? 'There is no checkpoint in runs/ yet. Train a model first: tinyllm train'
      : `There is no checkpoint in ${path}. Give the folder of a run or of one of its checkpoints, or train: tinyllm train`,
  );
}

/** Folders in `runs/`, the newest first. */
async function runsByAge(): Promise<string[]> {
  const names = await readdir('runs').catch(() => []);
  const runs = await Promise.all(
    names.map(async (name) => ({ path: join('runs', name), time: (await stat(join('runs', name))).mtimeMs })),
  );
  return runs.sort((a, b) => b.time - a.time).map(({ path }) => path);
}

async function readPointer(run: string, pointer: string): Promise<string | undefined> {
  const text = await readFile(join(run, pointer), 'utf8').catch(() => undefined);
  return text?.trim();
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Writes a file and waits until the disk has it. */
async function writeFlushed(path: string, data: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'w');
  try {
    await file.writeFile(data);
    await file.sync();
  } finally {
    await file.close();
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
