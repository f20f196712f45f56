/** A checkpoint as files, and back. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { renameOver, replaceFile, syncFolder, writeFlushed } from '@tinyllm/common/disk';
import { loadParameters, type ModelConfig, modelCard } from '@tinyllm/model';
import type { Tokenizer } from '@tinyllm/tokenizers';
import { type Progress, readOptimizer, type Snapshot, writeOptimizer } from '@tinyllm/train';
import { namesIn } from './disk';
import { MANIFEST, manifestOf, readManifest, readVerified } from './manifest';
import { modelFiles } from './model-folder';
import { checkName } from './names';
import { CARD, PLOT, type RunFacts } from './run-card';

export const TRAINER = 'trainer.json';

/** What `trainer.json` holds: all of a run's state but its tensors. */
export interface TrainerFile {
  readonly recipe: string;
  /** Where a sample starts. */
  readonly prompt: string;
  readonly progress: Progress;
  /** How long the run took until then, in seconds. */
  readonly seconds: number;
  /** Bytes of the run's files that are added to, at this step. */
  readonly logs: Readonly<Record<string, number>>;
  /** For its model card, where it is made anew; older versions had no cards. */
  readonly facts?: RunFacts;
}

export interface CheckpointContents {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly snapshot: Snapshot;
  readonly trainer: Omit<TrainerFile, 'progress'>;
  /** Of the losses, as SVG. */
  readonly plot: string | undefined;
}

/** What `checkpointName` gives. */
const CHECKPOINT = /^step-\d{8,}$/;

/** The name of the checkpoint after `step` steps. */
export function checkpointName(step: number): string {
  return `step-${String(step).padStart(8, '0')}`;
}

/** How many steps are behind the checkpoint of this name. */
export function checkpointStep(name: string): number {
  return Number(name.slice('step-'.length));
}

/** The names of a run's checkpoints, the newest first. */
export async function checkpointNames(run: string): Promise<string[]> {
  const names = await namesIn(join(run, 'checkpoints'));
  return names.filter((name) => CHECKPOINT.test(name)).sort((a, b) => checkpointStep(b) - checkpointStep(a));
}

/** The name of the checkpoint that a pointer of a run says; none where it says another thing, say a path. */
export async function readPointer(run: string, pointer: 'latest' | 'best'): Promise<string | undefined> {
  const text = await readFile(join(run, pointer), 'utf8').catch(() => undefined);
  const name = text?.trim();
  return name !== undefined && CHECKPOINT.test(name) ? name : undefined;
}

/**
 * Writes `runs/<name>/checkpoints/step-…` under a temporary name, waits until the disk has it and renames it: whatever
 * happens, what was whole stays whole. Gives its path.
 */
export async function writeCheckpoint(run: string, contents: CheckpointContents): Promise<string> {
  const name = checkpointName(contents.snapshot.progress.step);
  const checkpoints = join(run, 'checkpoints');
  const temporary = join(checkpoints, `.${name}`);
  const path = join(checkpoints, name);
  const files = filesOf(contents, { name: basename(run), path });
  files.set(MANIFEST, utf8({ files: await manifestOf(files) }));
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  try {
    for (const [file, data] of files) await writeFlushed(join(temporary, file), data);
    await syncFolder(temporary);
    await putInPlace(temporary, path);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {}); // the first error says more
    throw error;
  }
  await syncFolder(checkpoints);
  return path;
}

/**
 * Points `latest`, and `best` where it is, at the checkpoint `name`, gives the run its model card, and removes all but
 * these and the newest `keep`, and what killed processes left. Done again after a kill, it ends what that kept from
 * ending.
 */
export async function pointAt(
  run: string,
  name: string,
  { best, keep }: { readonly best: boolean; readonly keep: number },
): Promise<void> {
  for (const pointer of best ? ['latest', 'best'] : ['latest']) {
    await replaceFile(join(run, pointer), `${name}\n`);
  }
  const checkpoints = join(run, 'checkpoints');
  const card = await readFile(join(checkpoints, name, CARD), 'utf8').catch(() => undefined); // older ones have none
  if (card !== undefined) await replaceFile(join(run, CARD), card);
  const bestName = await readPointer(run, 'best');
  const kept = new Set([...(await checkpointNames(run)).slice(0, keep), name, bestName]);
  for (const name of await namesIn(checkpoints)) {
    if (!kept.has(name))
      await rm(join(checkpoints, name), { recursive: true, force: true }).catch(unlessRead);
  }
}

/** Windows removes no file that another program reads: the next checkpoint tries again. */
function unlessRead(error: NodeJS.ErrnoException): void {
  if (process.platform !== 'win32' || !['EBUSY', 'EPERM'].includes(error.code ?? '')) throw error;
}

/** Everything of a checkpoint that a run goes on from. Throws `checkpoint/damaged`. */
export async function readSnapshot(folder: string): Promise<{ snapshot: Snapshot; trainer: TrainerFile }> {
  const manifest = await readManifest(folder);
  const read = (name: string): Promise<Uint8Array> => readVerified(folder, manifest, name);
  const config = parseOurs(Buffer.from(await read('config.json')).toString(), join(folder, 'config.json'));
  const parameters = loadParameters({ config, safetensors: await read('model.safetensors') });
  const optimizer = readOptimizer(await read('optimizer.safetensors'));
  const trainer = readTrainer(Buffer.from(await read(TRAINER)).toString(), folder);
  return { snapshot: { progress: trainer.progress, parameters, optimizer }, trainer };
}

/** What the `trainer.json` of a checkpoint says. Throws `checkpoint/damaged`. */
export function readTrainer(text: string, folder: string): TrainerFile {
  const path = join(folder, TRAINER);
  const trainer = parseOurs(text, path) as Partial<TrainerFile> | null;
  const { progress, prompt, logs } = trainer ?? {};
  if (!isObject(progress) || typeof prompt !== 'string' || !isObject(logs)) {
    throw new TinyllmError(
      'checkpoint/damaged',
      `${path} has no progress, prompt and logs. Choose another folder of checkpoints/.`,
    );
  }
  for (const name of Object.keys(logs)) checkName(name, path);
  return trainer as TrainerFile;
}

/** A JSON file that tinyllm wrote. Throws `checkpoint/damaged`. */
export function parseOurs(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TinyllmError(
      'checkpoint/damaged',
      `${path} is not JSON: ${(cause as Error).message}. Choose another folder.`,
      { cause },
    );
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** What `write` gives; a failure as `checkpoint/unwritable`, with what to do and that nothing is lost. */
export async function onRunsDisk<T>(run: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if (cause instanceof TinyllmError) throw cause;
    const [last] = await checkpointNames(run);
    const safe =
      last === undefined
        ? 'It has no checkpoint yet.'
        : `Its checkpoint ${last} is whole. When it can be written to, go on with: tinyllm train --resume ${run}`;
    throw new TinyllmError(
      'checkpoint/unwritable',
      `Could not write to ${run}: ${(cause as Error).message}. ${safe}`,
      { cause },
    );
  }
}

function filesOf(
  { config, tokenizer, snapshot, trainer, plot }: CheckpointContents,
  place: { readonly name: string; readonly path: string },
): Map<string, Uint8Array> {
  const { parameters, optimizer, progress } = snapshot;
  const model = [...modelFiles(config, parameters, tokenizer)].map(
    ([name, content]): [string, Uint8Array] => [
      name,
      typeof content === 'string' ? Buffer.from(content) : content,
    ],
  );
  return new Map<string, Uint8Array>([
    ...model,
    ['optimizer.safetensors', writeOptimizer(optimizer)],
    [TRAINER, utf8({ ...trainer, progress })],
    [CARD, Buffer.from(modelCard(config, { ...trainer.facts, ...place }))],
    ...(plot === undefined ? [] : [[PLOT, Buffer.from(plot)] as const]),
  ]);
}

/** Gives a whole folder its name. One that has it already steps aside first, so that no moment has half of either. */
async function putInPlace(from: string, to: string): Promise<void> {
  const old = `${from}.old`;
  await rm(old, { recursive: true, force: true });
  await renameOver(to, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await renameOver(from, to);
  await rm(old, { recursive: true, force: true });
}

function utf8(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}
