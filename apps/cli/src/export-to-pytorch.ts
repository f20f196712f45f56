/** A run as a folder that PyTorch goes on with: a run like ours, with its tokens and the scripts of `apps/cli/pytorch`. */
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TinyllmError } from '@tinyllm/common';
import { endOfText } from '@tinyllm/data';
import { writePrepared } from '@tinyllm/data/node';
import { type Corpus, isPrepared, loadCorpus } from './corpus';
import { MANIFEST, type Manifest, readManifest } from './manifest';
import { METRICS } from './plot/curves';
import { findResumed, type Resumed, refuseDifferences } from './resume';
import { CARD } from './run-card';
import type { Exported } from './run-config';
import { saveTokenizer } from './tokenizer-choice';

const scripts = fileURLToPath(new URL('../pytorch/', import.meta.url));

/**
 * Writes the run that `target` says, by its folder or that of a checkpoint, by default the newest, into the empty folder
 * `out`. Gives the checkpoint that it goes on from. Throws `checkpoint/…`, `export/unsupported`, and what reading the
 * run's text throws.
 */
export async function exportToPyTorch(target: string | undefined, out: string): Promise<string> {
  const resumed = await findResumed(target ?? 'auto', { name: undefined, recipe: undefined });
  if (resumed?.from === undefined) {
    throw new TinyllmError(
      'checkpoint/not-found',
      `There is no checkpoint in ${target ?? 'runs/'} to go on from. Train one first: tinyllm train`,
    );
  }
  const { run, config, from } = resumed;
  const { architecture } = config.recipe.model;
  if (architecture !== 'gpt') {
    throw new TinyllmError(
      'export/unsupported',
      `${run} is a ${architecture}, and the scripts for PyTorch train GPTs. Train one with another --recipe.`,
    );
  }
  const corpus = await loadCorpus(config.recipe, config.data.path);
  refuseDifferences(config, { ...config, data: { ...config.data, fingerprint: corpus.fingerprint } }, run);
  await writeTokens(corpus, config.data.path, join(out, 'data'));
  const model = await copyCheckpoint(from, out);
  for (const [name, length] of Object.entries(from.trainer.logs)) {
    const log = await readFile(join(run, name));
    await writeFile(join(out, name), log.subarray(0, length));
  }
  const separator = corpus.tokenizer.specialTokens[endOfText];
  const exported: Exported = {
    run: basename(run),
    checkpoint: basename(from.path),
    model,
    metrics: from.trainer.logs[METRICS] ?? 0,
    ...(separator === undefined ? {} : { separator }),
  };
  await writeFile(join(out, 'config.json'), `${JSON.stringify({ ...config, exported }, null, 2)}\n`);
  for (const name of await readdir(scripts)) {
    if (/\.(py|md|yaml)$/.test(name)) await copyFile(join(scripts, name), join(out, name));
  }
  return from.path;
}

/** The token files of a corpus, and its tokenizer. */
async function writeTokens(corpus: Corpus, path: string | undefined, out: string): Promise<void> {
  if (path !== undefined && isPrepared(path)) {
    await mkdir(out);
    for (const name of ['train.bin', 'val.bin', 'meta.json', 'tokenizer.json'])
      await copyFile(join(path, name), join(out, name));
    return;
  }
  const { tokenizer, train, validation, description: name } = corpus;
  const { vocabSize, specialTokens } = tokenizer;
  const json = tokenizer.toJSON();
  const separator = specialTokens[endOfText];
  await writePrepared(out, {
    name,
    train,
    validation,
    tokenizer: { name: json.type, json },
    vocabSize,
    ...(separator === undefined ? {} : { separator }),
  });
  await saveTokenizer(tokenizer, out);
}

/** A checkpoint as the only one of the run in `out`. Gives the hash of its parameters. */
async function copyCheckpoint(
  { path, snapshot }: NonNullable<Resumed['from']>,
  out: string,
): Promise<string> {
  const copy = join(out, 'checkpoints', basename(path));
  await mkdir(copy, { recursive: true });
  const manifest = await readManifest(path);
  for (const name of [...Object.keys(manifest), MANIFEST]) await copyFile(join(path, name), join(copy, name));
  await copyFile(join(path, CARD), join(out, CARD));
  const { best, step } = snapshot.progress;
  for (const pointer of best?.step === step ? ['latest', 'best'] : ['latest'])
    await writeFile(join(out, pointer), `${basename(path)}\n`);
  return (manifest['model.safetensors'] as Manifest[string]).sha256;
}
