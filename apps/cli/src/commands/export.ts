import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { useBackend } from '@tinyllm/compute';
import {
  disposeModel,
  type FloatDtype,
  type Model,
  modelCard,
  readParameters,
  readSafetensors,
  writeLlama2c,
} from '@tinyllm/model';
import { Llama2cTokenizer, type Tokenizer } from '@tinyllm/tokenizers';
import { Command, Option } from 'commander';
import { modelFiles } from '../model-folder';
import { print } from '../output';
import { CARD } from '../run-card';
import { openCheckpoint } from '../run-folder';
import { rotationsFile, writeFolder } from './import';

interface ExportFlags {
  readonly out: string;
  readonly format: 'hugging-face' | 'llama2c';
  readonly dtype: Lowercase<FloatDtype>;
}

/** `tinyllm export`: writes a checkpoint for others. */
export function exportCommand(): Command {
  return new Command('export')
    .description(
      'Write a model for others: as a folder of Hugging Face, or as a llama2.c .bin with its tokenizer.bin.',
    )
    .argument('[checkpoint]', 'folder of a run or a checkpoint; default: the newest run')
    .requiredOption('--out <folder>', 'that is made')
    .addOption(
      new Option('--format <name>', 'whose').choices(['hugging-face', 'llama2c']).default('hugging-face'),
    )
    .addOption(
      new Option('--dtype <name>', 'of the parameters, for Hugging Face')
        .choices(['f32', 'f16', 'bf16'])
        .default('f32'),
    )
    .addHelpText('after', '\nExample:\n  tinyllm export runs/stories-nano --dtype f16 --out stories-nano-f16')
    .action(runExport);
}

async function runExport(path: string | undefined, { out, format, dtype }: ExportFlags): Promise<void> {
  if (existsSync(out)) {
    throw new TinyllmError('export/exists', `${out} exists already. Choose another folder with --out.`);
  }
  const { load, tokenizer, facts, path: checkpoint } = await openCheckpoint(path);
  await useBackend('cpu'); // nothing is computed, and every machine has it
  const model = await load();
  const files =
    format === 'llama2c'
      ? await llama2cFiles(model, tokenizer, join(checkpoint, rotationsFile))
      : modelFiles(model, await readParameters(model), tokenizer, {
          dtype: dtype.toUpperCase() as FloatDtype,
        });
  if (format === 'hugging-face') {
    files.set(CARD, modelCard(model, { ...facts, name: basename(out), path: out }));
    if (facts?.plot !== undefined) files.set(facts.plot, await readFile(join(checkpoint, facts.plot)));
  }
  disposeModel(model);
  await writeFolder(out, files);
  print(`Exported ${out}: ${[...files.keys()].join(', ')}`);
}

async function llama2cFiles(
  model: Model,
  tokenizer: Tokenizer,
  rotationsPath: string,
): Promise<Map<string, string | Uint8Array>> {
  if (model.architecture !== 'gpt' || !(tokenizer instanceof Llama2cTokenizer)) {
    throw new TinyllmError(
      'llama2c/unsupported',
      `llama2.c reads GPTs with a tokenizer of its own kind, and this is a ${model.architecture} with ` +
        `${tokenizer.toJSON().type}. Export it with --format hugging-face.`,
    );
  }
  const stored = existsSync(rotationsPath)
    ? readSafetensors(await readFile(rotationsPath)).tensors
    : undefined;
  const rotations = stored?.get('rotations')?.data as Float32Array | undefined;
  const parameters = await readParameters(model);
  const bin = writeLlama2c({ config: model.config, parameters, ...(rotations ? { rotations } : {}) });
  return new Map([
    ['model.bin', bin],
    ['tokenizer.bin', tokenizer.toBinary()],
  ]);
}
