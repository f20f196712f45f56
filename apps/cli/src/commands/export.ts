import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { type FloatDtype, modelCard, parameterShapes, readSafetensors, writeLlama2c } from '@tinyllm/model';
import type { ParameterFiles } from '@tinyllm/model/node';
import { Llama2cTokenizer } from '@tinyllm/tokenizers';
import { Command, Option } from 'commander';
import { makeFolder } from '../disk';
import { exportToPyTorch } from '../export-to-pytorch';
import { size } from '../flags';
import { type Content, rotationsFile, streamedModelFiles, writeFolder } from '../model-folder';
import { print, program } from '../output';
import { CARD } from '../run-card';
import { type Checkpoint, openCheckpoint } from '../run-folder';

interface ExportFlags {
  readonly out: string;
  readonly to?: 'pytorch';
  readonly format: 'hugging-face' | 'llama2c';
  readonly dtype: Lowercase<FloatDtype>;
  /** Bytes. */
  readonly maxShardSize: number;
}

/** `tinyllm export`: writes a checkpoint for others. */
export function exportCommand(): Command {
  return new Command('export')
    .description(
      'Write a model for others: as a folder of Hugging Face, or as a llama2.c .bin with its tokenizer.bin. Or a whole ' +
        'run, to go on with it elsewhere.',
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
    .addOption(
      new Option('--max-shard-size <size>', 'of a file of parameters, for Hugging Face, say 200MB')
        .argParser(size)
        .default(5e9, '5GB'),
    )
    .addOption(
      new Option(
        '--to <where>',
        'the run itself, to go on with it there and take it back with import: pytorch is for torchrun, on any number of machines',
      )
        .choices(['pytorch'])
        .conflicts(['format', 'dtype', 'maxShardSize']),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  tinyllm export runs/stories-nano --dtype f16 --out stories-nano-f16\n' +
        '  tinyllm export runs/stories-nano --max-shard-size 1MB --out stories-nano-shards\n' +
        '  tinyllm export runs/stories-nano --to pytorch --out stories-nano-pytorch',
    )
    .action(runExport);
}

async function runExport(
  path: string | undefined,
  { out, to, format, dtype, maxShardSize }: ExportFlags,
): Promise<void> {
  if (existsSync(out)) {
    throw new TinyllmError('export/exists', `${out} exists already. Choose another folder with --out.`);
  }
  if (to === 'pytorch') {
    const checkpoint = await makeFolder(out, (folder) => exportToPyTorch(path, folder));
    print(
      `Exported ${out}, to go on from ${checkpoint}. How, says ${join(out, 'PYTORCH.md')}; for one:\n\n` +
        `  torchrun --standalone --nproc_per_node=gpu ${join(out, 'train.py')}\n  ${program} import ${out}`,
    );
    return;
  }
  const checkpoint = await openCheckpoint(path);
  const { read, close } = await checkpoint.open();
  try {
    const files =
      format === 'llama2c'
        ? await llama2cFiles(checkpoint, read)
        : await huggingFaceFiles(checkpoint, read, {
            dtype: dtype.toUpperCase() as FloatDtype,
            maxShardSize,
            out,
          });
    await writeFolder(out, files);
    print(`Exported ${out}: ${[...files.keys()].join(', ')}`);
  } finally {
    close();
  }
}

async function huggingFaceFiles(
  { config: model, tokenizer, facts, path }: Checkpoint,
  read: ParameterFiles['read'],
  { out, ...options }: { readonly dtype: FloatDtype; readonly maxShardSize: number; readonly out: string },
): Promise<Map<string, Content>> {
  const files = streamedModelFiles(model, read, tokenizer, options);
  files.set(CARD, modelCard(model, { ...facts, name: basename(out), path: out }));
  if (facts?.plot !== undefined) files.set(facts.plot, await readFile(join(path, facts.plot)));
  return files;
}

async function llama2cFiles(
  { config: model, tokenizer, path }: Checkpoint,
  read: ParameterFiles['read'],
): Promise<Map<string, Content>> {
  if (model.architecture !== 'gpt' || !(tokenizer instanceof Llama2cTokenizer)) {
    throw new TinyllmError(
      'llama2c/unsupported',
      `llama2.c reads GPTs with a tokenizer of its own kind, and this is a ${model.architecture} with ` +
        `${tokenizer.toJSON().type}. Export it with --format hugging-face.`,
    );
  }
  if (tokenizer.vocabSize !== model.config.vocabSize) {
    throw new TinyllmError(
      'llama2c/unsupported',
      `llama2.c reads as many tokens as a model has rows, and this one has ${model.config.vocabSize} rows for ` +
        `${tokenizer.vocabSize} tokens. Export it with --format hugging-face.`,
    );
  }
  const rotationsPath = join(path, rotationsFile);
  const stored = existsSync(rotationsPath)
    ? readSafetensors(await readFile(rotationsPath)).tensors
    : undefined;
  const rotations = stored?.get('rotations')?.data as Float32Array | undefined;
  const parameters = new Map([...parameterShapes(model).keys()].map((name) => [name, read(name)]));
  const bin = writeLlama2c({ config: model.config, parameters, ...(rotations ? { rotations } : {}) });
  return new Map([
    ['model.bin', bin],
    ['tokenizer.bin', tokenizer.toBinary()],
  ]);
}
