/** What a plot shows of a run: its `metrics.jsonl` and `config.json`, read back. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { type EvaluationEvent, lossOf, type StepEvent } from '@tinyllm/train';
import type { RunConfig } from '../run-config';
import { readRunConfig } from '../run-folder';

/** The file of a run that has a line for every event. */
export const METRICS = 'metrics.jsonl';

export interface Point {
  readonly step: number;
  readonly loss: number;
}

export interface RunCurves {
  readonly name: string;
  /** Of single logged steps. */
  readonly steps: readonly Point[];
  /** Of evaluations: on text that is trained on, and on text that is not. */
  readonly train: readonly Point[];
  readonly validation: readonly Point[];
  readonly tokensSeen: number;
  /** How long the run took, in seconds. */
  readonly seconds: number;
  readonly config: RunConfig;
}

type MetricsLine = (StepEvent | EvaluationEvent | { readonly type: 'skipped' }) & {
  readonly seconds: number;
};

/** The curves of a run. Throws `cli/no-metrics` where `folder` is not one, or has no metrics yet. */
export async function readCurves(folder: string): Promise<RunCurves> {
  const config = await readRunConfig(folder);
  const text = await readFile(join(folder, METRICS), 'utf8').catch(() => '');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1).trimEnd(); // a line may be half written
  if (config?.recipe === undefined || whole === '') {
    throw new TinyllmError(
      'cli/no-metrics',
      `There are no metrics in ${folder}. Give folders of runs, say runs/*, or train one: tinyllm train`,
    );
  }
  const lines = whole.split('\n').map((line) => JSON.parse(line) as MetricsLine);
  const steps = lines.filter((line) => line.type === 'step');
  const evaluations = lines.filter((line) => line.type === 'evaluation');
  return {
    name: basename(folder),
    steps: steps.map(({ step, loss }) => ({ step, loss })),
    train: evaluations.map(({ step, train }) => ({ step, loss: train.loss })),
    validation: evaluations.map((event) => ({ step: event.step, loss: lossOf(event) })),
    tokensSeen: steps.at(-1)?.tokensSeen ?? 0,
    seconds: lines.at(-1)?.seconds ?? 0,
    config,
  };
}
