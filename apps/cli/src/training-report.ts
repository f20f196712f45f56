import type { Model } from '@tinyllm/model';
import type { EvaluationEvent, Recipe, StepEvent, TrainEvent } from '@tinyllm/train';
import { sampleText } from './commands/sample';
import type { Corpus } from './corpus';
import { clearLine, duration, print, redraw, styled } from './output';
import { appendMetrics, appendSample, saveCheckpoint } from './run-folder';

/** Tokens of the sample that each evaluation shows. */
const SAMPLE_TOKENS = 160;

/** Tells what happens in a run: on the terminal, in its metrics and samples, and as checkpoints. */
export class TrainingReport {
  readonly #recipe: Recipe;
  readonly #corpus: Corpus;
  readonly #model: Model;
  readonly #run: string;
  readonly #json: boolean;
  readonly #start = performance.now();
  #trainingSeconds = 0;
  #resumed = performance.now();
  #tokensSeen = 0;
  #bestLoss = Number.POSITIVE_INFINITY;
  #checkpoint = '';
  #last: EvaluationEvent | undefined;

  constructor(of: { recipe: Recipe; corpus: Corpus; model: Model; run: string; json: boolean }) {
    this.#recipe = of.recipe;
    this.#corpus = of.corpus;
    this.#model = of.model;
    this.#run = of.run;
    this.#json = of.json;
  }

  /** Takes the next event of the run. Time spent in here does not count as training. */
  async tell(event: TrainEvent): Promise<void> {
    if (event.type !== 'evaluation') this.#trainingSeconds += (performance.now() - this.#resumed) / 1000;
    const seconds = (performance.now() - this.#start) / 1000;
    if (this.#json) print(JSON.stringify(event));
    if (event.type === 'step') {
      this.#tokensSeen = event.tokensSeen;
      await appendMetrics(this.#run, { ...event, seconds });
      if (!this.#json) redraw(this.#progress(event));
    } else if (event.type === 'evaluation') {
      await appendMetrics(this.#run, { ...event, seconds });
      await this.#evaluated(event);
    } else if (event.type === 'warning') {
      if (!this.#json) print(styled('yellow', `warning: ${event.message}`));
    } else {
      await this.#ended(event.reason, event.step, seconds);
    }
    this.#resumed = performance.now();
  }

  async #evaluated(event: EvaluationEvent): Promise<void> {
    this.#last = event;
    const loss = lossOf(event);
    if (event.step > 0) await this.#save(event.step, loss < this.#bestLoss);
    this.#bestLoss = Math.min(this.#bestLoss, loss);
    const sample = await this.#sample();
    await appendSample(this.#run, event.step, sample);
    if (this.#json) return;
    const { entropy } = this.#corpus;
    const floor = entropy === undefined ? '' : `  floor ${entropy.toFixed(4)}`;
    const speed = this.#trainingSeconds === 0 ? '' : `  ${this.#speed()} tokens/s`;
    clearLine();
    print(
      styled(
        'bold',
        `step ${event.step}: train loss ${event.train.loss.toFixed(4)}  validation loss ${loss.toFixed(4)}`,
      ) +
        floor +
        speed,
    );
    print(styled('dim', `${sample.trim().replace(/^/gm, '  | ')}\n`));
  }

  async #ended(reason: 'finished' | 'aborted', step: number, seconds: number): Promise<void> {
    if (reason === 'aborted') await this.#save(step, false);
    if (this.#json) return;
    clearLine();
    print(
      `${reason === 'finished' ? 'Trained' : `Stopped at step ${step}`} in ${duration(seconds)}. Saved ${this.#checkpoint}.`,
    );
    print(`Sample it with:  npx tinyllm sample --checkpoint ${this.#run}`);
  }

  async #save(step: number, best: boolean): Promise<void> {
    const last = this.#last;
    const trainer = {
      recipe: this.#recipe.name,
      step,
      tokensSeen: this.#tokensSeen,
      trainLoss: last?.train.loss ?? Number.NaN,
      validationLoss: last ? lossOf(last) : Number.NaN,
      prompt: this.#recipe.prompt,
    };
    const { tokenizer } = this.#corpus;
    this.#checkpoint = await saveCheckpoint(this.#run, { model: this.#model, tokenizer, trainer, best });
  }

  async #sample(): Promise<string> {
    const options = { maxNewTokens: SAMPLE_TOKENS, temperature: 0.8, seed: this.#recipe.training.seed };
    let text = '';
    for await (const piece of sampleText(this.#model, this.#corpus.tokenizer, this.#recipe.prompt, options))
      text += piece;
    return text;
  }

  #progress({ step, loss, learningRate, gradientNorm }: StepEvent): string {
    const { maxIters } = this.#recipe.training;
    const done = (step + 1) / maxIters;
    const remaining = (this.#trainingSeconds / done) * (1 - done);
    return (
      `step ${step}/${maxIters}  loss ${loss.toFixed(4)}  lr ${learningRate.toExponential(1)}  ` +
      `grad ${gradientNorm.toFixed(2)}  ${this.#speed()} tokens/s  ${duration(remaining)} left`
    );
  }

  #speed(): string {
    return Math.round(this.#tokensSeen / this.#trainingSeconds).toLocaleString('en');
  }
}

/** The loss that counts: on text the model has not seen, where there is any. */
function lossOf({ train, validation }: EvaluationEvent): number {
  return (validation ?? train).loss;
}
