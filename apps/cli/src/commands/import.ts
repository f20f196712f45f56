import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { type ModelConfig, type ParameterValues, readLlama2c, writeSafetensors } from '@tinyllm/model';
import { openModelFolder, type ParameterFiles } from '@tinyllm/model/node';
import { Command } from 'commander';
import { readWhole } from '../disk';
import { fetchFromHub, hubPrefix } from '../hub';
import { type ExportedRun, importRun, readExportedRun } from '../import-run';
import { readTokenizerFile, rotationsFile, streamedModelFiles, writeFolder } from '../model-folder';
import { print, program } from '../output';

interface ImportFlags {
  readonly out?: string;
  readonly tokenizer?: string;
}

/** `tinyllm import`: makes a checkpoint of someone else's model. */
export function importCommand(): Command {
  return new Command('import')
    .description(
      "Make a checkpoint of a model from elsewhere: Hugging Face's GPT-2 and Llama, or llama2.c's. Or take a run back " +
        'that PyTorch went on with.',
    )
    .argument(
      '<source>',
      'a folder of Hugging Face, hf: and an id on its hub, a llama2.c .bin, or a folder of export --to pytorch',
    )
    .option('--out <folder>', 'of the checkpoint; default: models/<name>')
    .option('--tokenizer <file>', 'tokenizer.json or tokenizer.bin; default: the one beside the model')
    .addHelpText(
      'after',
      '\nExamples:\n  tinyllm import stories260K.bin --tokenizer tok512.bin --out models/stories260K\n' +
        '  tinyllm sample --checkpoint models/stories260K --temperature 0\n  tinyllm import hf:gpt2',
    )
    .action(runImport);
}

async function runImport(from: string, flags: ImportFlags): Promise<void> {
  const exported = await readExportedRun(from);
  if (exported) return takeBack(exported, flags);
  const id = from.startsWith(hubPrefix) ? from.slice(hubPrefix.length) : undefined;
  if (id === '')
    throw new TinyllmError('cli/no-model', 'hf: needs the id of a model behind it, say hf:gpt2.');
  const out = flags.out ?? join('models', basename(id ?? resolve(from), '.bin'));
  if (existsSync(out)) {
    throw new TinyllmError('import/exists', `${out} exists already. Choose another folder with --out.`);
  }
  const source = id === undefined ? from : await fetchFromHub(id);
  if (!existsSync(source)) {
    throw new TinyllmError(
      'import/not-found',
      `There is no ${source}. Give a folder of Hugging Face or a llama2.c .bin, or hf: and the id of a model on the hub.`,
    );
  }
  const isFile = statSync(source).isFile();
  const folder = isFile ? dirname(source) : source;
  const own = ['tokenizer.bin', 'tokenizer.json'].map((name) => join(folder, name));
  const path = flags.tokenizer ?? own.find((file) => existsSync(file)) ?? join(folder, 'tokenizer.json');
  if (!existsSync(path)) {
    throw new TinyllmError(
      'import/no-tokenizer',
      `There is no ${path}, and text needs it. Give --tokenizer.`,
    );
  }
  const tokenizer = await readTokenizerFile(path);
  const { model, read, close, extra } = isFile ? await openBin(source) : openFolder(source);
  try {
    if (tokenizer.vocabSize > model.config.vocabSize) {
      throw new TinyllmError(
        'import/vocabulary-mismatch',
        `${path} has ${tokenizer.vocabSize} tokens and the model ${model.config.vocabSize}. Give the model's own with --tokenizer.`,
      );
    }
    await writeFolder(out, [...streamedModelFiles(model, read, tokenizer), ...extra]);
  } finally {
    close();
  }
  print(`Imported ${out}\n\nSample from it with:  ${program} sample --checkpoint ${out}`);
}

async function takeBack(exported: ExportedRun, flags: ImportFlags): Promise<void> {
  if (flags.out !== undefined || flags.tokenizer !== undefined) {
    throw new TinyllmError(
      'cli/flag-does-not-apply',
      `${exported.folder} is a run that goes back into runs/${exported.exported.run}. Leave out --out and --tokenizer.`,
    );
  }
  const run = await importRun(exported);
  print(
    `Imported ${exported.folder} into ${run}\n\nSample from it with:  ${program} sample --checkpoint ${run}\n` +
      `Go on with:           ${program} train --resume ${run}`,
  );
}

/** A model to import: parameters by name, and files that go with it as they are. */
interface Source extends ParameterFiles {
  readonly model: ModelConfig;
  readonly extra: readonly [string, Uint8Array][];
}

function openFolder(path: string): Source {
  const { model, open } = openModelFolder(path);
  return { model, ...open(), extra: [] };
}

async function openBin(path: string): Promise<Source> {
  const { config, parameters, rotations } = readLlama2c(await readWhole(path));
  const stored = writeSafetensors(new Map([['rotations', { shape: [rotations.length], data: rotations }]]));
  return {
    model: { architecture: 'gpt', config },
    read: (name) => parameters.get(name) as ParameterValues,
    close: () => undefined,
    extra: [[rotationsFile, stored]],
  };
}
