/** A run of `tinyllm train`, from a recipe to its last checkpoint. */
import { TinyllmError } from '@tinyllm/common';
import { flopsPerToken } from '@tinyllm/model';
import {
  adamw,
  checkTrainOptions,
  type EndEvent,
  matmulCeiling,
  type Recipe,
  schedules,
  type TrainEvent,
  train,
} from '@tinyllm/train';
import { print, program } from './output';
import type { Resumed } from './resume';
import { batchesOf, type RunSetup, setUpRun, type TrainingFlags } from './run-setup';
import { overview } from './training-overview';
import { TrainingReport } from './training-report';

/** Trains `recipe`, from its beginning or from where `resumed` is. */
export async function runTraining(
  recipe: Recipe,
  flags: TrainingFlags,
  resumed: Resumed | undefined,
): Promise<void> {
  // before a folder is made or anything slow done: a bad setting is refused at once
  const { maxTokens, patience, checkpointInterval = recipe.training.evalInterval } = flags;
  checkTrainOptions({ ...recipe.training, checkpointInterval, maxTokens, patience });
  const schedule = schedules[recipe.training.schedule](recipe.training);
  const optimizer = adamw(recipe.training);
  const setup = await setUpRun(recipe, flags, resumed);
  const { model, corpus, from } = setup;
  const { training } = setup.recipe;
  if (!flags.json) print(overview(setup));
  const report = new TrainingReport({
    ...setup,
    speed: {
      tokensPerStep: training.batchSize * training.blockSize * training.gradientAccumulationSteps,
      flopsPerToken: flopsPerToken(model).training,
      ceiling: await matmulCeiling(() => performance.now()),
    },
    json: flags.json === true,
    chart: flags.chart === true,
  });
  const { signal, interrupted, done } = interruption(flags.maxTime);
  const events = train(model, {
    ...training,
    data: batchesOf(setup.recipe, corpus),
    schedule,
    optimizer,
    checkpointInterval,
    resume: from?.snapshot,
    skipBadSteps: flags.skipBadSteps === true,
    maxTokens,
    targetLoss: flags.targetLoss,
    patience,
    signal,
  });
  const end = await follow(events, report, setup).finally(done);
  report.ended(headline(end, interrupted()), advice(end, setup.run));
}

/** Errors in the middle of a run, after which it can go on from its last checkpoint. */
const endsRun: ReadonlySet<string> = new Set([
  'train/bad-step',
  'compute/device-lost',
  'compute/out-of-memory',
  'compute/webgpu-error',
]);

/** Tells of every event, and sees that what was written is whole, however training ends. Gives its end. */
async function follow(
  events: AsyncIterable<TrainEvent>,
  report: TrainingReport,
  { recorder }: RunSetup,
): Promise<EndEvent> {
  let end: EndEvent | undefined;
  try {
    for await (const event of events) {
      await report.tell(event);
      if (event.type === 'end') end = event;
    }
  } catch (error) {
    await recorder.close().catch(() => {}); // what ended training says more
    throw error instanceof TinyllmError && endsRun.has(error.code)
      ? new TinyllmError(error.code, `${error.message} ${lastGood(recorder.checkpoint)}`, { cause: error })
      : error;
  }
  await recorder.close();
  return end as EndEvent;
}

/** Milliseconds, 25 days: a longer timer would be over at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** A signal that Ctrl-C gives, or a time that is over: a second Ctrl-C finds no handler and ends the process. */
function interruption(maxTime: number | undefined): {
  signal: AbortSignal;
  interrupted: () => boolean;
  done: () => void;
} {
  const controller = new AbortController();
  let interrupted = false;
  const interrupt = (): void => {
    interrupted = true;
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, interrupt);
  // AbortSignal.any would lose an AbortSignal.timeout to the garbage collector of Node 20
  const timer =
    maxTime === undefined
      ? undefined
      : setTimeout(() => controller.abort(), Math.min(maxTime * 1000, LONGEST_TIMER));
  return {
    signal: controller.signal,
    interrupted: () => interrupted,
    done: () => {
      clearTimeout(timer);
      for (const name of ['SIGINT', 'SIGTERM']) process.off(name, interrupt);
    },
  };
}

function headline({ reason, step }: EndEvent, interrupted: boolean): string {
  switch (reason) {
    case 'finished':
      return 'Trained';
    case 'max-tokens':
      return `Reached --max-tokens at step ${step}`;
    case 'target-loss':
      return `Reached --target-loss at step ${step}`;
    case 'no-improvement':
      return `No better evaluation within --patience, stopped at step ${step}`;
    case 'aborted':
      return `${interrupted ? 'Stopped' : 'Reached --max-time'} at step ${step}`;
  }
}

function advice({ reason }: EndEvent, run: string): string {
  const sample = `Sample it with:  ${program} sample --checkpoint ${run}`;
  return reason === 'finished' ? sample : `Go on with:      ${program} train --resume ${run}\n${sample}`;
}

function lastGood(checkpoint: string | undefined): string {
  return checkpoint === undefined
    ? 'There is no checkpoint yet.'
    : `The last good checkpoint is ${checkpoint}: go on with  tinyllm train --resume ${checkpoint}`;
}
