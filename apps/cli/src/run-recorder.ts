import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { replaceFile } from '@tinyllm/common/disk';
import type { ModelConfig } from '@tinyllm/model';
import type { Tokenizer } from '@tinyllm/tokenizers';
import type { CheckpointEvent, EvaluationEvent, Snapshot, StepEvent, TrainEvent } from '@tinyllm/train';
import { onRunsDisk, pointAt, type TrainerFile, writeCheckpoint } from './checkpoint-files';
import { Logs } from './disk';
import { METRICS, readCurves } from './plot/curves';
import { plotSVG } from './plot/svg';
import { PLOT, runFacts } from './run-card';
import type { RunConfig } from './run-config';
import { eventsFileName, eventsHeader, scalarsEvent } from './tensorboard';

export interface RunRecorderOptions {
  readonly run: string;
  readonly config: RunConfig;
  readonly model: ModelConfig;
  readonly tokenizer: Tokenizer;
  /** Newest checkpoints that are kept, besides the best. */
  readonly keep: number;
  /** Of a run that goes on: the lengths of its files, and the seconds it took, at its checkpoint. */
  readonly logs: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** That checkpoint, where it is in this run. */
  readonly from:
    | { readonly path: string; readonly snapshot: Snapshot; readonly trainer: TrainerFile }
    | undefined;
}

/**
 * Writes what happens in a run to its folder: metrics, events for TensorBoard, samples, and checkpoints, which are
 * written beside the next steps, one at a time.
 */
export class RunRecorder {
  readonly #options: RunRecorderOptions;
  readonly #logs: Logs;
  readonly #events: string;
  readonly #began = performance.now();
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown;
  #checkpoint: string | undefined;
  #sample: string | undefined;
  #plot: string | undefined;

  private constructor(options: RunRecorderOptions, logs: Logs, events: string) {
    this.#options = options;
    this.#logs = logs;
    this.#events = events;
    this.#checkpoint = options.from?.path;
    this.#sample = options.from?.trainer.facts?.samples?.[0];
  }

  /** Opens the files of a run. Throws `checkpoint/unwritable`, as all its methods do. */
  static async open(options: RunRecorderOptions): Promise<RunRecorder> {
    return onRunsDisk(options.run, async () => {
      const { run, keep, from } = options;
      if (from) {
        const { step, best } = from.snapshot.progress;
        await pointAt(run, basename(from.path), { best: best?.step === step, keep });
      }
      const now = Date.now();
      const logs = await Logs.open(options.run, options.logs);
      const events = Object.keys(options.logs).find((name) => name.startsWith('events.'));
      const recorder = new RunRecorder(options, logs, events ?? eventsFileName(now));
      if (events === undefined) await logs.append(recorder.#events, eventsHeader(now));
      if (from) recorder.#plot = await readFile(join(from.path, PLOT), 'utf8').catch(() => undefined);
      return recorder;
    });
  }

  /** Seconds of this run so far, those before it was resumed too. */
  get seconds(): number {
    return this.#options.seconds + (performance.now() - this.#began) / 1000;
  }

  /** The folder of the last checkpoint that was written. */
  get checkpoint(): string | undefined {
    return this.#checkpoint;
  }

  /**
   * Writes down an event of when the run had taken so many `seconds`, by default now; throws what has kept an earlier
   * checkpoint from being written.
   */
  async record(event: TrainEvent, seconds: number = this.seconds): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (event.type === 'checkpoint') return this.#save(event, seconds);
    if (event.type === 'end' || event.type === 'warning') return;
    await this.append(METRICS, `${JSON.stringify({ ...event, seconds })}\n`);
    const scalars = scalarsOf(event);
    if (scalars) await this.append(this.#events, scalarsEvent(Date.now(), event.step, scalars));
  }

  /**
   * Shows what the model writes after `step` steps, where someone has looked, and a plot of the losses so far, here and on
   * the next model cards.
   */
  async show(step: number, sample: string | undefined): Promise<void> {
    const { run } = this.#options;
    if (sample !== undefined) await this.append('samples.md', `## Step ${step}\n\n${sample}\n\n`);
    const plot = plotSVG([await readCurves(run)]);
    await onRunsDisk(run, () => replaceFile(join(run, PLOT), plot));
    [this.#sample, this.#plot] = [sample, plot];
  }

  /** Adds to a file of the run, which `--resume` cuts back to where its checkpoint was. */
  async append(name: string, data: string | Uint8Array): Promise<void> {
    await onRunsDisk(this.#options.run, () => this.#logs.append(name, data));
  }

  /** Waits for the last checkpoint, and closes the files. */
  async close(): Promise<void> {
    await this.#writing;
    await onRunsDisk(this.#options.run, () => this.#logs.close());
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #save({ snapshot, best }: CheckpointEvent, seconds: number): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
    const { run, config, model, tokenizer, keep } = this.#options;
    const { name, prompt } = config.recipe;
    const [sample, plot] = [this.#sample, this.#plot];
    const { progress } = snapshot;
    const facts = runFacts(config, { progress, seconds, sample, isPlotted: plot !== undefined });
    const trainer = { recipe: name, prompt, seconds, logs: this.#logs.lengths(), facts };
    this.#writing = onRunsDisk(run, async () => {
      await this.#logs.sync();
      this.#checkpoint = await writeCheckpoint(run, { config: model, tokenizer, snapshot, trainer, plot });
      await pointAt(run, basename(this.#checkpoint), { best, keep });
    }).catch((error) => {
      this.#failure = error;
    });
  }
}

/** What TensorBoard plots of an event, under the names that nanoGPT logs. */
function scalarsOf(
  event: StepEvent | EvaluationEvent | { type: 'skipped' },
): Record<string, number> | undefined {
  if (event.type === 'step') {
    return {
      'train/loss': event.loss,
      'train/lr': event.learningRate,
      'train/grad_norm': event.gradientNorm,
    };
  }
  if (event.type !== 'evaluation') return undefined;
  const { train, validation } = event;
  return { 'eval/train': train.loss, ...(validation ? { 'eval/val': validation.loss } : {}) };
}
