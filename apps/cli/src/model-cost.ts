/** What a model costs before anything is trained, for people. */
import type { BackendName } from '@tinyllm/compute';
import { flopsPerToken, type ModelConfig, parameterCount } from '@tinyllm/model';
import { leastTrainingMemory, trainingMemory } from '@tinyllm/train';
import { count, mebibytes, twoDigits } from './output';

/** What the memory of training depends on. */
export interface BatchShape {
  readonly batchSize: number;
  readonly gradientAccumulationSteps?: number;
}

/** Rows of a table: parameters and what a token costs. */
export function costRows(model: ModelConfig): [string, string][] {
  const { total, embeddings } = parameterCount(model);
  const { forward, training } = flopsPerToken(model);
  const rest = count(total - embeddings);
  return [
    ['parameters', `${count(total)}, of which ${count(embeddings)} in embeddings and ${rest} elsewhere`],
    ['cost of a token', `${megaflops(forward)} to read, ${megaflops(training)} to train on`],
  ];
}

/**
 * Bytes of memory that training takes: on `wasm`, where that is known, within a tenth; and on any backend at least, which
 * leaves out what the way back needs of the way forward.
 */
export function memoryOfTraining(
  model: ModelConfig,
  batch: BatchShape,
): { readonly wasm?: number; readonly least: number } {
  const least = leastTrainingMemory(model);
  const isKnown = model.architecture === 'gpt' && !model.config.qkNorm;
  return { least, ...(isKnown ? { wasm: trainingMemory(model.config, batch) } : {}) };
}

/** The memory of training on a backend, and what is not known of it. */
export function memoryOn(backend: BackendName, model: ModelConfig, batch: BatchShape): string {
  const { wasm, least } = memoryOfTraining(model, batch);
  return backend === 'wasm' && wasm !== undefined ? `about ${mebibytes(wasm)}` : atLeast(least);
}

function atLeast(bytes: number): string {
  return `over ${mebibytes(bytes)}, for parameters, gradients and moments; that of activations is not known`;
}

/** Rows of a table: the memory of training on each backend. */
export function memoryRows(model: ModelConfig, batch: BatchShape): [string, string][] {
  const { wasm, least } = memoryOfTraining(model, batch);
  return [
    ['memory of training', `at a batch size of ${batch.batchSize}`],
    ...(wasm === undefined ? [] : [['  wasm', `about ${mebibytes(wasm)}`] as [string, string]]),
    [wasm === undefined ? '  any backend' : '  tensorflow, webgpu, cpu', atLeast(least)],
  ];
}

function megaflops(operations: number): string {
  return `${twoDigits(operations / 1e6)} MFLOP`;
}
