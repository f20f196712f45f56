/** What a run of `tinyllm train` needs before its first step: its text, its model and its folder. */
import { checkPrecision, noMixedPrecision, type RunningBackend } from '@tinyllm/compute';
import { type BatchSource, endOfText, evenWindows, randomWindows } from '@tinyllm/data';
import { createBigram, createGPT, gptConfig, type Model, type ModelConfig } from '@tinyllm/model';
import type { Recipe } from '@tinyllm/train';
import { type BackendFlags, startBackend } from './backend';
import { type Corpus, loadCorpus } from './corpus';
import type { Overrides } from './flags';
import { warn } from './output';
import { type Resumed, refuseDifferences } from './resume';
import type { RunConfig } from './run-config';
import { createRun, writeRunConfig } from './run-folder';
import { RunRecorder } from './run-recorder';
import { version } from './version';

/** Flags of `tinyllm train` that are no settings of a recipe. */
export interface TrainingFlags extends BackendFlags {
  /** Given, it was asked for: the recipe has it too. */
  readonly precision?: Overrides['precision'];
  readonly data?: string;
  readonly dataLicense?: string;
  readonly name?: string;
  readonly checkpointInterval?: number;
  readonly keep: number;
  /** Seconds. */
  readonly maxTime?: number;
  readonly maxTokens?: number;
  readonly targetLoss?: number;
  readonly patience?: number;
  readonly skipBadSteps?: boolean;
  readonly chart?: boolean;
  readonly json?: boolean;
}

export interface RunSetup {
  readonly recipe: Recipe;
  readonly corpus: Corpus;
  readonly model: Model;
  readonly backend: RunningBackend;
  /** Its folder. */
  readonly run: string;
  readonly recorder: RunRecorder;
  /** The checkpoint that it goes on from. */
  readonly from: Resumed['from'];
}

/**
 * Reads the text, makes the model and the folder of a run, or opens the folder of the one that goes on. Throws
 * `checkpoint/other-config` and `compute/no-mixed-precision` before anything is written.
 */
export async function setUpRun(
  wanted: Recipe,
  flags: TrainingFlags,
  resumed: Resumed | undefined,
): Promise<RunSetup> {
  const path = flags.data ?? resumed?.config.data.path;
  const corpus = await loadCorpus(wanted, path, { json: flags.json === true });
  batchesOf(wanted, corpus); // refuses a text that is too short before there is a folder
  const backend = await startBackend(flags);
  const recipe = inPrecisionOfBackend(wanted, flags);
  const model = createModelOf(recipe, corpus);
  const { description, fingerprint, entropy } = corpus;
  const license = flags.dataLicense ?? resumed?.config.data.license ?? corpus.license;
  const config: RunConfig = {
    recipe,
    data: {
      ...(path === undefined ? {} : { path }),
      description,
      fingerprint,
      ...(license === undefined ? {} : { license }),
      ...(entropy === undefined ? {} : { entropy }),
    },
    model: { architecture: model.architecture, ...model.config },
    backend,
    versions: { ...resumed?.config.versions, tinyllm: version, node: process.version },
  };
  if (resumed) refuseDifferences(resumed.config, config, resumed.run);
  const run = resumed?.inPlace
    ? await writeRunConfig(resumed.run, config)
    : await createRun(flags.name ?? recipe.name, config);
  const from = resumed?.from;
  const ownFrom = resumed?.inPlace ? from : undefined;
  const recorder = await RunRecorder.open({
    run,
    config,
    model,
    tokenizer: corpus.tokenizer,
    keep: flags.keep,
    logs: ownFrom?.trainer.logs ?? {},
    seconds: from?.trainer.seconds ?? 0,
    from: ownFrom,
  });
  return { recipe, corpus, model, backend, run, recorder, from };
}

/** The recipe in float32 where the backend has no mixed precision, unless a flag insists on it. */
function inPrecisionOfBackend(recipe: Recipe, flags: TrainingFlags): Recipe {
  const { training } = recipe;
  if (flags.precision !== undefined) checkPrecision(training.precision);
  const reason = training.precision === 'mixed' ? noMixedPrecision() : undefined;
  if (reason === undefined) return recipe;
  warn(`${recipe.name} trains in mixed precision, but ${reason}: this run is in float32.`);
  return { ...recipe, training: { ...training, precision: 'float32' } };
}

/**
 * What a run trains on and is evaluated on. Evaluations read windows spread evenly over each split, the same for every
 * seed, so that the curves of runs compare.
 */
export function batchesOf(
  { training }: Recipe,
  { train, validation, tokenizer }: Corpus,
): { train: BatchSource; trainSample: BatchSource; validation: BatchSource } {
  const { batchSize, blockSize, seed, evalIters } = training;
  const separator = training.withinDocuments ? tokenizer.specialTokens[endOfText] : undefined;
  const shape = { batchSize, blockSize, ...(separator === undefined ? {} : { separator }) };
  const even = { ...shape, batches: evalIters };
  return {
    train: randomWindows(train, { ...shape, seed }),
    trainSample: evenWindows(train, even),
    validation: evenWindows(validation, even),
  };
}

/** The model that a recipe trains, with so many tokens. Throws `config/…`. */
export function modelConfigOf({ model, training }: Recipe, vocabSize: number): ModelConfig {
  if (model.architecture === 'bigram') return { architecture: 'bigram', config: { vocabSize } };
  const { architecture, ...shape } = model;
  return { architecture, config: gptConfig({ ...shape, vocabSize, blockSize: training.blockSize }) };
}

function createModelOf(recipe: Recipe, { tokenizer }: Corpus): Model {
  const { architecture, config } = modelConfigOf(recipe, tokenizer.vocabSize);
  const { seed } = recipe.training;
  return architecture === 'bigram' ? createBigram(config, { seed }) : createGPT(config, { seed });
}
