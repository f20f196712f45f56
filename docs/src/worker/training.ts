import { evenWindows, randomWindows, type TokenIds } from '@tinyllm/data';
import { createGPT, disposeModel, type GPT, languageModel, parameterCount } from '@tinyllm/model';
import { generate, sampler } from '@tinyllm/sample';
import type { Tokenizer } from '@tinyllm/tokenizers';
import {
  adamw,
  type CheckpointEvent,
  checkTrainOptions,
  type Recipe,
  schedules,
  train,
} from '@tinyllm/train';
import { checkpointFiles, readSnapshot } from './checkpoint';
import { createTokenizer, readCorpus } from './corpus';
import { runOf } from './page-recipe';
import type { LoggedEvent, SampleEvent } from './protocol';
import { createRun, keepCheckpoint, type Run, readRun } from './run-storage';
import type { Job } from './session';

/** Tokens of the sample that follows each evaluation. */
const SAMPLE_TOKENS = 120;

/** Trains a GPT as the command line does, and keeps its checkpoints in this browser. Aborting it saves and ends it. */
export const training: Job<'train'> = async function* ({ run: request }, session, signal) {
  await session.backend();
  const chosen = request && runOf(request);
  const kept = chosen ? undefined : await readRun();
  const run = chosen ?? kept?.run;
  if (run === undefined) throw new Error('No run is kept in this browser yet. Start one.');
  const { recipe } = run;
  const before = kept && (await readSnapshot(kept.checkpoint));

  const corpus = readCorpus(corpusOf(run), recipe.training.seed);
  const tokenizer = before?.tokenizer ?? (await createTokenizer(recipe, corpus, signal));
  const ids = { train: tokenizer.encode(corpus.train), validation: tokenizer.encode(corpus.validation) };
  const data = batchesOf(recipe, ids);
  const schedule = schedules[recipe.training.schedule](recipe.training);
  const optimizer = adamw(recipe.training);
  checkTrainOptions(recipe.training);
  const model = createModel(recipe, tokenizer);
  const log: LoggedEvent[] = [...(kept?.log ?? [])];
  const facts = {
    vocabSize: tokenizer.vocabSize,
    parameters: parameterCount(model).total,
    tokens: ids.train.length,
    ...(corpus.entropy === undefined ? {} : { entropy: corpus.entropy / ids.train.length }),
  };
  const began = performance.now();
  const save = async ({ snapshot }: CheckpointEvent): Promise<void> => {
    const seconds = (before?.seconds ?? 0) + (performance.now() - began) / 1000;
    const files = await checkpointFiles({ recipe, config: model, tokenizer, snapshot, seconds });
    await keepCheckpoint(snapshot.progress.step, files, log);
  };
  try {
    // the run before is gone from here on, so whatever a bad setting or text makes fail stands above
    if (chosen) await createRun(chosen, facts);
    yield { type: 'begin', recipe, step: before?.snapshot.progress.step ?? 0, facts, log: [...log] };
    const events = train(model, {
      ...recipe.training,
      data,
      schedule,
      optimizer,
      checkpointInterval: recipe.training.evalInterval,
      resume: before?.snapshot,
      signal,
    });
    for await (const event of events) {
      if (event.type === 'checkpoint') {
        await save(event);
        yield { type: 'saved', step: event.step };
      } else if (event.type === 'end') {
        yield { type: 'end', step: event.step, finished: event.reason !== 'aborted' };
      } else if (event.type === 'step' || event.type === 'warning') {
        if (event.type === 'step') log.push(event);
        yield event;
      } else if (event.type === 'evaluation') {
        log.push(event);
        yield event;
        const shown = await sample(model, tokenizer, recipe, event.step);
        log.push(shown);
        yield shown;
      }
    }
  } finally {
    disposeModel(model);
  }
};

function corpusOf({ recipe, text }: Run): Parameters<typeof readCorpus>[0] {
  if (text) return { type: 'text', ...text };
  if (recipe.corpus.type === 'stories') return recipe.corpus;
  throw new Error(`The page has no text for the corpus ${recipe.corpus.name}: give it one.`);
}

function createModel({ model, training: { blockSize, seed } }: Recipe, { vocabSize }: Tokenizer): GPT {
  if (model.architecture !== 'gpt') throw new Error('This demo trains GPTs.');
  const { architecture: _, ...shape } = model;
  return createGPT({ ...shape, vocabSize, blockSize }, { seed });
}

function batchesOf(
  { training: { batchSize, blockSize, seed, evalIters } }: Recipe,
  ids: { readonly train: TokenIds; readonly validation: TokenIds },
): Parameters<typeof train>[1]['data'] {
  const even = { batchSize, blockSize, batches: evalIters };
  return {
    train: randomWindows(ids.train, { batchSize, blockSize, seed }),
    trainSample: evenWindows(ids.train, even),
    validation: evenWindows(ids.validation, even),
  };
}

async function sample(model: GPT, tokenizer: Tokenizer, recipe: Recipe, step: number): Promise<SampleEvent> {
  const options = {
    sampler: sampler({ temperature: 0.8 }),
    seed: recipe.training.seed,
    maxNewTokens: SAMPLE_TOKENS,
  };
  let text = '';
  for await (const piece of generate(languageModel(model), tokenizer, recipe.prompt, options))
    text += piece.text;
  return { type: 'sample', step, text };
}
