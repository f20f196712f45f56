import { TinyllmError } from '@tinyllm/common';
import { disposeModel, languageModel } from '@tinyllm/model';
import { generate } from '@tinyllm/sample';
import { type JudgeSummary, judge, judgeTasks, summarize, type Usage } from '@tinyllm/sample/judge';
import { Command } from 'commander';
import { OpenAI } from 'openai';
import { addBackendFlags, type BackendFlags, startBackend } from '../backend';
import { number, positive } from '../flags';
import { type JudgedStory, JudgeFolder } from '../judge-folder';
import { firstPrompt } from '../model-folder';
import { type OfflineMetrics, offlineMetrics } from '../offline-metrics';
import { clearLines, count, print, redraw, table, warn } from '../output';
import { openCheckpoint } from '../run-folder';
import {
  addSamplingFlags,
  begun,
  generateOptions,
  readPrompt,
  type SamplingFlags,
  shownPrompt,
} from '../sampling-flags';

interface JudgeFlags extends SamplingFlags, BackendFlags {
  readonly checkpoint?: string;
  readonly prompts?: string;
  readonly numSamples: number;
  readonly data?: string;
  readonly out: string;
  readonly model?: string;
  readonly baseUrl?: string;
  readonly checks: number;
  readonly concurrency: number;
  readonly pricePrompt?: number;
  readonly priceCompletion?: number;
  readonly json?: boolean;
}

/** `tinyllm judge`: what a model's stories are worth, by numbers and by another model. */
export function judgeCommand(): Command {
  const command = new Command('judge')
    .description("Measure a model's texts: by numbers, and with --model by a language model as the judge.")
    .option('--checkpoint <folder>', 'of a run or a checkpoint; default: the newest run')
    .option('--prompts <file>', "with a prompt a line; default: the recipe's prompt")
    .option('--num-samples <number>', 'texts of each prompt', positive, 4)
    .option('--data <corpus>', 'look for spans copied from it: a corpus by name or path')
    .option('--out <folder>', 'keeps texts and judgements; the same command goes on there', 'judge')
    .option(
      '--model <name>',
      'that judges, of any endpoint that speaks the protocol of OpenAI (OPENAI_API_KEY)',
    )
    .option('--base-url <url>', "of the endpoint; default: OPENAI_BASE_URL, else OpenAI's")
    .option('--checks <number>', 'texts judged twice, and pairs compared in both orders', number, 10)
    .option('--concurrency <number>', 'questions asked at once', number, 4)
    .option('--price-prompt <dollars>', 'of a million tokens that the judge reads', number)
    .option('--price-completion <dollars>', 'of a million tokens that the judge writes', number)
    .option('--json', 'print one JSON document');
  return addSamplingFlags(addBackendFlags(command))
    .addHelpText(
      'after',
      '\nExamples:\n  tinyllm judge --num-samples 8 --data stories\n' +
        '  tinyllm judge --num-samples 8 --model gpt-4o-mini --out judge/gpt-4o-mini',
    )
    .action(runJudge);
}

async function runJudge(flags: JudgeFlags): Promise<void> {
  refusePassword(flags.baseUrl ?? process.env.OPENAI_BASE_URL);
  const folder = await JudgeFolder.open(flags.out, await settingsOf(flags));
  const stories = folder.stories ?? (await folder.saveStories(await writeStories(flags)));
  const metrics = await offlineMetrics(stories, { data: flags.data, json: flags.json === true });
  if (!flags.json) print(metricsTable(metrics));
  if (flags.model === undefined) {
    if (flags.json) print(JSON.stringify({ metrics }, null, 2));
    else print('\nNo judge was asked: --model says which, say --model gpt-4o-mini.');
    return;
  }
  const { usage, failures } = await ask(folder, stories, { ...flags, model: flags.model });
  const summary = summarize(folder.judgements, { seed: flags.seed });
  const dollars = cost(usage, flags);
  await folder.saveSummary({ metrics, judge: summary, usage, dollars });
  if (flags.json) print(JSON.stringify({ metrics, judge: summary, usage, dollars }, null, 2));
  else print(`\n${judgeTable(summary, usage, dollars)}`);
  if (failures.length > 0) {
    throw new TinyllmError(
      'judge/incomplete',
      `No answer to ${failures.length} of the questions, the first because: ${failures[0]}\n` +
        'Run the same command again: it asks for nothing that has been answered.',
    );
  }
}

/** Throws `cli/password-in-url`: the address is kept with the texts, and errors tell it. */
function refusePassword(url: string | undefined): void {
  if (url === undefined || !URL.canParse(url)) return;
  const { username, password } = new URL(url);
  if (username + password === '') return;
  throw new TinyllmError(
    'cli/password-in-url',
    "The address of the judge has a user's name or password in it, and would be written down. " +
      'Put the key into OPENAI_API_KEY.',
  );
}

/** Everything that decides the texts and who judges them. */
async function settingsOf(flags: JudgeFlags): Promise<Record<string, unknown>> {
  const {
    checkpoint,
    data,
    out,
    checks,
    concurrency,
    pricePrompt,
    priceCompletion,
    json,
    backend,
    revectorize,
    ...settings
  } = flags;
  return { ...settings, checkpoint: (await openCheckpoint(checkpoint)).path };
}

async function writeStories(flags: JudgeFlags): Promise<JudgedStory[]> {
  const checkpoint = await openCheckpoint(flags.checkpoint);
  const { tokenizer } = checkpoint;
  const prompts =
    flags.prompts === undefined
      ? [checkpoint.trainer?.prompt ?? firstPrompt(tokenizer)]
      : (await readPrompt(`FILE:${flags.prompts}`)).split(/\r?\n/).filter((line) => line.trim() !== '');
  const { numSamples } = flags;
  const options = { ...generateOptions(flags, tokenizer), numSamples };
  await startBackend(flags);
  const model = await checkpoint.load();
  const stories = prompts.flatMap((prompt) =>
    Array.from({ length: numSamples }, () => ({
      prompt: shownPrompt(prompt, tokenizer),
      completion: '',
      ended: false,
      tokens: 0,
    })),
  );
  let tokens = 0;
  for await (const { row, text, finished } of generate(
    languageModel(model),
    tokenizer,
    prompts.map((prompt) => begun(prompt, tokenizer)),
    options,
  )) {
    const story = stories[row] as (typeof stories)[number];
    story.completion += text;
    story.ended ||= finished === 'stop-token';
    story.tokens++;
    if (!flags.json && ++tokens % 100 === 0) redraw([`writing ${stories.length} texts, ${tokens} tokens`]);
  }
  clearLines();
  disposeModel(model);
  return stories;
}

async function ask(
  folder: JudgeFolder,
  stories: readonly JudgedStory[],
  { model, baseUrl, checks, concurrency, json }: JudgeFlags & { model: string },
): Promise<{ usage: Usage; failures: string[] }> {
  const tasks = judgeTasks(stories, { checks });
  const done = new Set(folder.judgements.map(({ key }) => key));
  const client = new OpenAI({
    apiKey: process.env.OPENAI_API_KEY ?? 'none', // which is enough for endpoints on the own machine
    maxRetries: 5,
    ...(baseUrl === undefined ? {} : { baseURL: baseUrl }),
  });
  const usage = { promptTokens: 0, completionTokens: 0 };
  const failures: string[] = [];
  const abort = new AbortController();
  const interrupt = (): void => abort.abort();
  process.once('SIGINT', interrupt);
  for await (const event of judge(client, tasks, { model, done, concurrency, signal: abort.signal })) {
    usage.promptTokens += event.usage.promptTokens;
    usage.completionTokens += event.usage.completionTokens;
    if (event.type === 'judged') await folder.add(event.judgement);
    else failures.push(event.reason);
    if (!json) redraw([`judging, ${folder.judgements.length} of ${tasks.length}`]);
  }
  process.off('SIGINT', interrupt);
  clearLines();
  if (abort.signal.aborted) warn('Stopped. The same command goes on where it was.');
  return { usage, failures };
}

/** Dollars that `usage` cost, where prices were given. */
function cost({ promptTokens, completionTokens }: Usage, flags: JudgeFlags): number | undefined {
  const { pricePrompt, priceCompletion } = flags;
  if (pricePrompt === undefined && priceCompletion === undefined) return undefined;
  return (promptTokens * (pricePrompt ?? 0) + completionTokens * (priceCompletion ?? 0)) / 1e6;
}

function metricsTable(metrics: OfflineMetrics): string {
  const percent = (rate: number): string => `${(100 * rate).toFixed(1)} %`;
  const rows: [string, string][] = [
    ['texts', String(metrics.texts)],
    [
      'words',
      `${metrics.words.mean.toFixed(1)} each (${metrics.words.low.toFixed(1)} to ${metrics.words.high.toFixed(1)})`,
    ],
    ['end of text', `${percent(metrics.endRate)} of the texts come to it`],
    ['distinct', metrics.distinct.map((rate, i) => `${i + 1}-grams ${percent(rate)}`).join(', ')],
    ['self-BLEU', metrics.selfBleu.toFixed(3)],
    ['repetition', `${percent(metrics.repetition)} of 4-grams were in the same text before`],
  ];
  if (metrics.copied !== undefined) {
    const { rate, longest, minLength, from } = metrics.copied;
    rows.push([
      'copied',
      `${percent(rate)} in spans of ${minLength} words or more of ${from}; the longest has ${longest}`,
    ]);
  }
  return table(rows);
}

function judgeTable(summary: JudgeSummary, usage: Usage, dollars: number | undefined): string {
  const { again, orders } = summary;
  const rows: [string, string][] = Object.entries(summary.grades).map(([name, { mean, low, high }]) => {
    const apart = again.difference[name as keyof typeof again.difference];
    const trust = again.stories > 0 ? `; asked again, ${apart.toFixed(2)} apart` : '';
    return [name, `${mean.toFixed(2)} of 10 (${low.toFixed(2)} to ${high.toFixed(2)})${trust}`];
  });
  rows.push([
    'age',
    Object.entries(summary.ageGroups)
      .map(([group, n]) => `${group}: ${n}`)
      .join(', '),
  ]);
  if (orders.pairs > 0) {
    const percent = (rate: number): string => `${Math.round(100 * rate)} %`;
    rows.push([
      'order',
      `the same of two wins in either order in ${percent(orders.sameWinner)} of ${orders.pairs} pairs; the first wins in ${percent(orders.firstWins)}`,
    ]);
  }
  const price = dollars === undefined ? '' : `, $${dollars.toFixed(4)}`;
  rows.push([
    'cost',
    `${count(usage.promptTokens)} tokens read, ${count(usage.completionTokens)} written${price}`,
  ]);
  return table(rows);
}
