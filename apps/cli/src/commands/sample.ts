import { disposeModel, languageModel } from '@tinyllm/model';
import { type FinishReason, generate, type Piece, type Scores } from '@tinyllm/sample';
import { Command } from 'commander';
import { addBackendFlags, type BackendFlags, startBackend } from '../backend';
import { positive } from '../flags';
import { interact } from '../interactive';
import { firstPrompt } from '../model-folder';
import { generated, print } from '../output';
import { openCheckpoint } from '../run-folder';
import {
  addSamplingFlags,
  begun,
  generateOptions,
  readPrompt,
  type SamplingFlags,
  shownPrompt,
} from '../sampling-flags';
import { probabilityLegend, showProbability } from '../show-probabilities';

interface SampleFlags extends SamplingFlags, BackendFlags {
  readonly checkpoint?: string;
  readonly prompt?: string;
  readonly numSamples: number;
  readonly interactive?: boolean;
  readonly showProbs?: boolean;
  readonly json?: boolean;
}

/** `tinyllm sample`: text from a checkpoint, streamed. */
export function sampleCommand(): Command {
  const command = new Command('sample')
    .description('Print text from a trained model as it is generated.')
    .option('--checkpoint <folder>', 'of a run or a checkpoint; default: the newest run')
    .option('--prompt <text>', "what to continue, or FILE:path; default: the recipe's")
    .option('--interactive', 'ask for prompts, one after another; /help there says more')
    .option('--num-samples <number>', 'how many texts', positive, 1)
    .option('--show-probs', "colour every token by the model's own probability of it")
    .option('--json', 'print one JSON document a text, with its tokens');
  return addSamplingFlags(addBackendFlags(command))
    .addHelpText(
      'after',
      '\nExamples:\n  tinyllm sample --prompt "Once upon a time" --num-samples 3\n' +
        '  tinyllm sample --prompt FILE:prompt.txt --top-p 0.9 --show-probs\n  tinyllm sample --interactive',
    )
    .action(runSample);
}

async function runSample(flags: SampleFlags): Promise<void> {
  const checkpoint = await openCheckpoint(flags.checkpoint);
  const { tokenizer, trainer } = checkpoint;
  const given = flags.prompt ?? trainer?.prompt ?? firstPrompt(tokenizer);
  const prompt = begun(await readPrompt(given), tokenizer);
  const options = generateOptions(flags, tokenizer);
  await startBackend(flags);
  const model = await checkpoint.load();
  if (flags.interactive) {
    await interact(model, checkpoint, flags);
  } else {
    const pieces = generate(languageModel(model), tokenizer, prompt, {
      ...options,
      numSamples: flags.numSamples,
      ...(flags.showProbs ? { alternatives: 5 } : {}),
    });
    if (flags.json) await printJSON(pieces, prompt, flags);
    else await printTexts(pieces, shownPrompt(prompt, tokenizer), flags);
  }
  disposeModel(model);
}

/** Prints the texts one after the other, the first as it comes, though all are generated together. */
async function printTexts(
  pieces: AsyncIterable<Piece>,
  prompt: string,
  { numSamples, showProbs }: SampleFlags,
): Promise<void> {
  const waiting = Array.from({ length: numSamples }, () => '');
  const ended = new Set<number>();
  let current = 0;
  let opening = generated(prompt); // which stands alone where the first piece is an error
  for await (const piece of pieces) {
    const text = showProbs ? showProbability(piece) : generated(piece.text);
    process.stdout.write(opening);
    opening = '';
    if (piece.row === current) process.stdout.write(text);
    else waiting[piece.row] += text;
    if (piece.finished) ended.add(piece.row);
    while (ended.has(current)) {
      print();
      current++;
      if (current < numSamples) process.stdout.write(`\n---\n\n${generated(prompt)}${waiting[current]}`);
    }
  }
  if (showProbs) print(`\n${probabilityLegend()}`);
}

/** Prints a document for every text when it has ended. */
async function printJSON(pieces: AsyncIterable<Piece>, prompt: string, { seed }: SampleFlags): Promise<void> {
  const start = performance.now();
  const texts = new Map<number, { text: string; tokens: { id: number; text: string; scores?: Scores }[] }>();
  for await (const { row, token: id, text, scores, finished } of pieces) {
    const before = texts.get(row) ?? { text: '', tokens: [] };
    const tokens = [...before.tokens, { id, text, ...(scores === undefined ? {} : { scores }) }];
    texts.set(row, { text: before.text + text, tokens });
    if (finished === undefined) continue;
    const document: { finished: FinishReason } & Record<string, unknown> = {
      sample: row,
      seed,
      prompt,
      ...texts.get(row),
      finished,
      seconds: (performance.now() - start) / 1000,
    };
    print(JSON.stringify(document));
  }
}
