/**
 * The run that this browser keeps, in the origin's private file system: `run.json`, `text.txt` where it is the reader's
 * own, `facts.json`, and checkpoints, of which the newest whole one counts. `latest` names it and is replaced in one go, so that a tab
 * closed at any moment loses no more than the steps since.
 */

import type { Recipe } from '@tinyllm/train';
import type { Files } from './checkpoint';
import type { LoggedEvent, RunFacts } from './protocol';

const FOLDER = 'tinyllm-run';

/** A run as it begins: a recipe, and the text where it is not the recipe's own stories. */
export interface Run {
  readonly recipe: Recipe;
  readonly text?: { readonly name: string; readonly text: string };
}

/** Starts a run anew, with what is known of it and its text: what was kept before is gone. */
export async function createRun({ recipe, text }: Run, facts: RunFacts): Promise<void> {
  await removeRun();
  const folder = await openFolder(true);
  if (text) {
    await write(folder, 'text.txt', new TextEncoder().encode(text.text));
  }
  await write(folder, 'run.json', encode({ recipe, ...(text ? { name: text.name } : {}) }));
  await write(folder, 'facts.json', encode(facts));
}

export interface StoredRun {
  readonly run: Run;
  readonly facts: RunFacts;
  readonly checkpoint: Files;
  readonly log: readonly LoggedEvent[];
}

/** The kept run with its newest checkpoint; none where there is none, or where it had none yet. */
export async function readRun(): Promise<StoredRun | undefined> {
  const folder = await openFolder(false).catch(() => undefined);
  const latest = folder && (await read(folder, 'latest'));
  if (!folder || !latest) return undefined;
  const { recipe, name } = decode(await read(folder, 'run.json')) as {
    recipe: Recipe;
    name?: string;
  };
  const text = await read(folder, 'text.txt');
  const run = {
    recipe,
    ...(name === undefined || !text ? {} : { text: { name, text: new TextDecoder().decode(text) } }),
  };
  const checkpoint = new Map<string, Uint8Array<ArrayBuffer>>();
  const files = await folder.getDirectoryHandle(new TextDecoder().decode(latest));
  for await (const file of files.keys()) checkpoint.set(file, (await read(files, file)) ?? new Uint8Array());
  const log = decode(checkpoint.get(LOG)) as LoggedEvent[];
  checkpoint.delete(LOG);
  const facts = decode(await read(folder, 'facts.json')) as RunFacts;
  return { run, facts, checkpoint, log };
}

const LOG = 'log.json';

/** Keeps a checkpoint with what was shown until then, and removes those before. */
export async function keepCheckpoint(step: number, files: Files, log: readonly LoggedEvent[]): Promise<void> {
  const folder = await openFolder(true);
  const name = `step-${String(step).padStart(8, '0')}`;
  const into = await folder.getDirectoryHandle(name, { create: true });
  for (const [file, data] of files) await write(into, file, data);
  await write(into, LOG, encode(log));
  await write(folder, 'latest', new TextEncoder().encode(name));
  for await (const old of folder.keys()) {
    if (old.startsWith('step-') && old !== name) await folder.removeEntry(old, { recursive: true });
  }
}

export async function removeRun(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(FOLDER, { recursive: true }).catch(() => undefined); // there may be none
}

async function openFolder(create: boolean): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create });
}

/** Writes a file whole or not at all: the browser puts it in place when it is closed. */
async function write(
  folder: FileSystemDirectoryHandle,
  name: string,
  data: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const file = await (await folder.getFileHandle(name, { create: true })).createWritable();
  await file.write(data);
  await file.close();
}

async function read(
  folder: FileSystemDirectoryHandle,
  name: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const handle = await folder.getFileHandle(name).catch(() => undefined);
  return handle && new Uint8Array(await (await handle.getFile()).arrayBuffer());
}

function encode(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

function decode(data: Uint8Array | undefined): unknown {
  return JSON.parse(new TextDecoder().decode(data));
}
