import { languageModel, type Model } from '@tinyllm/model';
import { generate } from '@tinyllm/sample';
import { type EvaluationEvent, lossOf, type Recipe, type StepEvent, type TrainEvent } from '@tinyllm/train';
import type { Corpus } from './corpus';
import { lossChart } from './loss-chart';
import { clearLines, count, duration, generated, print, redraw, styled } from './output';
import { ResourceLog } from './resource-log';
import type { RunRecorder } from './run-recorder';
import { generateOptions, shownPrompt } from './sampling-flags';
import { type Speed, TrainingLine } from './training-line';

/** Tokens of the sample that each evaluation shows. */
const SAMPLE_TOKENS = 160;

/** Milliseconds between two lines in a log; a terminal's line is redrawn at every logged step. */
const LOG_INTERVAL = 10_000;

export interface TrainingReportOptions {
  readonly recipe: Recipe;
  readonly corpus: Corpus;
  readonly model: Model;
  readonly recorder: RunRecorder;
  readonly speed: Speed;
  readonly json: boolean;
  /** Whether a chart of the loss stands above the line. */
  readonly chart: boolean;
}

/** Tells what happens in a run, as it happens: to the recorder of its folder, and on the terminal. */
export class TrainingReport {
  readonly #of: TrainingReportOptions;
  readonly #line: TrainingLine;
  readonly #resources: ResourceLog;
  readonly #losses: { step: number; loss: number }[] = [];
  readonly #start = performance.now();
  #training = 0;
  #resumed = performance.now();
  #logged = performance.now();
  #skipped = 0;

  constructor(options: TrainingReportOptions) {
    this.#of = options;
    this.#line = new TrainingLine(options.recipe.training.maxIters, options.speed);
    this.#resources = new ResourceLog(options.recorder);
  }

  /** Takes the next event of the run. Time spent in here does not count as training. */
  async tell(event: TrainEvent): Promise<void> {
    if (event.type !== 'evaluation') this.#training += (performance.now() - this.#resumed) / 1000;
    await this.#of.recorder.record(event);
    if (this.#of.json) print(JSON.stringify(event, (key, value) => (key === 'snapshot' ? undefined : value)));
    if (event.type === 'step') await this.#stepped(event);
    else if (event.type === 'evaluation') await this.#evaluated(event);
    else if (event.type === 'skipped') this.#tellSkipped(event.step, ++this.#skipped);
    else if (event.type === 'warning') this.#say(styled('yellow', `warning: ${event.message}`));
    this.#resumed = performance.now();
  }

  /** The run is over, its last checkpoint written: what is left to say. */
  ended(headline: string, advice: string): void {
    const { recorder } = this.#of;
    const skipped = this.#skipped === 0 ? '' : ` ${this.#skipped} bad steps were skipped.`;
    this.#say(`${headline} in ${duration(recorder.seconds)}.${skipped} Saved ${recorder.checkpoint}.`);
    this.#say(advice);
  }

  async #stepped(event: StepEvent): Promise<void> {
    const elapsed = (performance.now() - this.#start) / 1000;
    const line = this.#line.tell(event, this.#training, elapsed);
    if (this.#of.chart) this.#losses.push({ step: event.step, loss: this.#line.smoothedLoss ?? event.loss });
    await this.#resources.tell(event.step);
    if (this.#of.json) return;
    const size = { width: (process.stdout.columns || 100) - 1, height: 12 };
    if (process.stdout.isTTY) redraw([...lossChart(this.#losses, size), line]);
    else if (performance.now() - this.#logged >= LOG_INTERVAL) {
      this.#logged = performance.now();
      print(line);
    }
  }

  async #evaluated(event: EvaluationEvent): Promise<void> {
    const { recipe, corpus, recorder } = this.#of;
    const sample = (await this.#sample()).trim();
    await recorder.show(event.step, sample);
    const floor = corpus.entropy === undefined ? '' : `  floor ${corpus.entropy.toFixed(4)}`;
    const speed = Math.round(this.#line.tokensPerSecond(this.#training));
    const losses = `train loss ${event.train.loss.toFixed(4)}  validation loss ${lossOf(event).toFixed(4)}`;
    const pace = speed === 0 ? '' : `  ${count(speed)} tokens/s`;
    this.#say(styled('bold', `step ${event.step}: ${losses}`) + floor + pace);
    const { epochIters } = recipe.training;
    if (epochIters !== undefined && event.step > 0 && event.step % epochIters === 0) {
      this.#say(epochRow(event, event.step / epochIters));
    }
    const reference = recipe.references?.find(({ step }) => step === event.step);
    if (reference) this.#say(`  ${reference.source}: ${reference.validationLoss} at full size`);
    this.#say(styled('dim', `${generated(sample).replace(/^/gm, '  | ')}\n`));
  }

  #tellSkipped(step: number, count: number): void {
    this.#say(styled('yellow', `step ${step} was bad and is skipped, ${count} so far: see metrics.jsonl`));
  }

  #say(text: string): void {
    if (this.#of.json) return;
    clearLines();
    print(text);
  }

  async #sample(): Promise<string> {
    const { recipe, corpus, model } = this.#of;
    const { tokenizer } = corpus;
    const { prompt, topK, training } = recipe;
    const flags = {
      maxNewTokens: SAMPLE_TOKENS,
      temperature: 0.8,
      ...(topK ? { topK } : {}),
      seed: training.seed,
      pastWindow: 'slide',
      keepPrefix: 0,
    } as const;
    const options = generateOptions(flags, tokenizer);
    let text = shownPrompt(prompt, tokenizer);
    for await (const piece of generate(languageModel(model), tokenizer, prompt, options)) text += piece.text;
    return text;
  }
}

/** The row of an epoch, as the source of tinystories-10k has it. */
function epochRow(event: EvaluationEvent, epoch: number): string {
  const columns = (loss: number): string =>
    `${loss.toFixed(4).padStart(10)}${Math.exp(loss).toFixed(2).padStart(12)}`;
  return (
    '  epoch  train loss   train ppl  valid loss   valid ppl\n' +
    `  ${String(epoch).padEnd(5)}${columns(event.train.loss)}${columns(lossOf(event))}`
  );
}
