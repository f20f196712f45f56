import { dirname, resolve } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import type { TokenIds } from '@tinyllm/data';
import { disposeModel } from '@tinyllm/model';
import type { Tokenizer } from '@tinyllm/tokenizers';
import { evaluateText, type TextEvaluation } from '@tinyllm/train';
import { Command, Option } from 'commander';
import { addBackendFlags, type BackendFlags, startBackend } from '../backend';
import { loadCorpus, loadIds, partOf, type SplitName, splits } from '../corpus';
import { number, positive } from '../flags';
import { count, print, table } from '../output';
import { openCheckpoint, readRunConfig } from '../run-folder';

interface EvalFlags extends BackendFlags {
  readonly data?: string;
  readonly split: SplitName;
  readonly stride?: number;
  readonly maxTokens?: number;
  readonly json?: boolean;
}

/** Ids that are decoded at a time. */
const CHUNK = 65_536;

/** `tinyllm eval`: how well a checkpoint predicts a text. */
export function evalCommand(): Command {
  const command = new Command('eval')
    .description('Measure how well a model predicts a text: loss, perplexity, bits per byte, accuracy.')
    .argument('[checkpoint]', 'folder of a run or a checkpoint; default: the newest run')
    .option(
      '--data <corpus>',
      'a corpus by name or path, or a prepared folder; default: what it was trained on',
    )
    .addOption(new Option('--split <name>', 'which part of it').choices(splits).default('validation'))
    .option('--stride <number>', "tokens from one window to the next; default: the model's blockSize", number)
    .option('--max-tokens <number>', 'read so many tokens at most', positive)
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      '\nExamples:\n  tinyllm eval\n  tinyllm eval runs/stories-nano --data book.txt --split all --stride 32',
    )
    .action(run);
  return addBackendFlags(command);
}

async function run(path: string | undefined, flags: EvalFlags): Promise<void> {
  const { path: folder, tokenizer, load } = await openCheckpoint(path);
  const whole = await idsOf(folder, tokenizer, flags);
  const ids = flags.maxTokens === undefined ? whole : firstOf(whole, flags.maxTokens);
  await startBackend(flags);
  const model = await load();
  const evaluation = await evaluateText(model, ids, { stride: flags.stride });
  disposeModel(model);
  const { loss, tokens, accuracy, lossByPosition } = evaluation;
  const bytes = bytesOf(tokenizer, ids);
  const bitsPerByte = (loss * tokens) / Math.LN2 / bytes;
  const perplexity = Math.exp(loss);
  if (flags.json) {
    return print(
      JSON.stringify({
        checkpoint: folder,
        tokens,
        bytes,
        loss,
        perplexity,
        bitsPerByte,
        accuracy,
        lossByPosition,
      }),
    );
  }
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  print(
    table([
      ['checkpoint', folder],
      ['text', `${count(tokens)} tokens, ${count(bytes)} bytes`],
      ['loss', `${loss.toFixed(4)} nats per token`],
      ['perplexity', perplexity.toFixed(2)],
      ['bits per byte', `${bitsPerByte.toFixed(4)}, which compares between tokenizers`],
      [
        'accuracy',
        `${percent(accuracy.top1)} the likeliest token, ${percent(accuracy.top5)} one of the five likeliest`,
      ],
      ...(flags.stride === undefined ? positions(evaluation) : []), // else nearly all have read nearly a window
    ]),
  );
}

/** The text that a checkpoint is measured on: `--data`, else the one that its run trained on. */
async function idsOf(folder: string, tokenizer: Tokenizer, flags: EvalFlags): Promise<TokenIds> {
  const { data, split, json } = flags;
  if (data !== undefined) return loadIds(tokenizer, data, flags);
  const config = await readRunConfig(dirname(dirname(resolve(folder))));
  if (config === undefined) {
    throw new TinyllmError(
      'cli/no-data',
      `${folder} is in no run, so its text is not known. Give one: --data book.txt`,
    );
  }
  const corpus = await loadCorpus(config.recipe, config.data.path, { json: json === true });
  if (corpus.fingerprint !== config.data.fingerprint) {
    throw new TinyllmError(
      'cli/other-text',
      `${corpus.description} is no longer the text that ${folder} was trained on. Bring that back, or give one: --data book.txt`,
    );
  }
  return partOf(corpus, split);
}

/** Bytes of the text of all ids but the first, which is not predicted; special tokens stand for no text. */
function bytesOf(tokenizer: Tokenizer, ids: TokenIds): number {
  const special = new Set(Object.values(tokenizer.specialTokens));
  const stream = tokenizer.decodeStream();
  let bytes = 0;
  for (let start = 1; start < ids.length; start += CHUNK) {
    for (const id of ids.slice(start, Math.min(start + CHUNK, ids.length))) {
      if (!special.has(id)) bytes += Buffer.byteLength(stream.push(id));
    }
  }
  return bytes + Buffer.byteLength(stream.flush());
}

function firstOf(ids: TokenIds, count: number): TokenIds {
  return { length: Math.min(ids.length, count), slice: (start, end) => ids.slice(start, end) };
}

/** Loss after 1, 2–3, 4–7 … tokens were read. */
function positions({ lossByPosition }: TextEvaluation): [string, string][] {
  const rows: [string, string][] = [];
  for (let from = 0; from < lossByPosition.length; from = 2 * from + 1) {
    const to = Math.min(2 * from + 1, lossByPosition.length);
    const losses = lossByPosition.slice(from, to).filter((loss) => !Number.isNaN(loss));
    if (losses.length === 0) continue;
    const mean = losses.reduce((sum, loss) => sum + loss) / losses.length;
    rows.push([to === from + 1 ? `  after ${to}` : `  after ${from + 1}–${to}`, mean.toFixed(4)]);
  }
  return rows;
}
