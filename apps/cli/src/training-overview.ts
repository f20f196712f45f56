import { costRows, memoryOn } from './model-cost';
import { count, table } from './output';
import type { RunSetup } from './run-setup';

/** What a run is, said before its first step. */
export function overview({ recipe, corpus, model, backend, run, from }: RunSetup): string {
  const { batchSize, blockSize, maxIters, gradientAccumulationSteps } = recipe.training;
  const { tokenizer, entropy } = corpus;
  const shape =
    recipe.model.architecture === 'gpt'
      ? `, ${recipe.model.nLayer} layers, ${recipe.model.nHead} heads, ${recipe.model.nEmbd} wide`
      : '';
  const tokensPerStep = batchSize * blockSize * gradientAccumulationSteps;
  const rows: [string, string][] = [
    ['recipe', `${recipe.name}: ${recipe.description}`],
    [
      'data',
      `${corpus.description}: ${count(corpus.train.length)} tokens to train, ${count(corpus.validation.length)} to validate`,
    ],
    ['tokens', `${tokenizer.vocabSize} (${tokenizer.toJSON().type})`],
    ['model', `${model.architecture}${shape}`],
    ...costRows(model),
    ['training', `${count(maxIters)} steps of ${count(tokensPerStep)} tokens`],
    ['backend', `${backend.name} (${backend.detail})`],
    ['memory', memoryOn(backend.name, model, recipe.training)],
    ['run', run],
    ['chance', `loss ${Math.log(tokenizer.vocabSize).toFixed(4)}, that of a model which knows nothing`],
  ];
  if (entropy !== undefined) {
    rows.push(['floor', `loss ${entropy.toFixed(4)}, the entropy of the text, which no model can pass`]);
  }
  if (from) rows.push(['resumes', `step ${count(from.snapshot.progress.step)}, from ${from.path}`]);
  return `${table(rows)}\n`;
}
