/**
 * A checkpoint as files by name, as the command line writes and reads its folders: Hugging Face opens them, and
 * `tinyllm sample --checkpoint` too.
 */
import { TinyllmError } from '@tinyllm/common';
import { endOfText } from '@tinyllm/data';
import { loadParameters, type ModelConfig, savedModel } from '@tinyllm/model';
import { fromHuggingFace, huggingFaceConfig, type Tokenizer, toHuggingFace } from '@tinyllm/tokenizers';
import { type Recipe, readOptimizer, type Snapshot, writeOptimizer } from '@tinyllm/train';

export type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

const MANIFEST = 'MANIFEST.json';

export interface Checkpoint {
  readonly recipe: Recipe;
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly snapshot: Snapshot;
  /** How long the run took until then. */
  readonly seconds: number;
}

export async function checkpointFiles(checkpoint: Checkpoint): Promise<Files> {
  const { recipe, config, tokenizer, snapshot, seconds } = checkpoint;
  const { progress, parameters, optimizer } = snapshot;
  const end = tokenizer.specialTokens[endOfText];
  const tokens = end === undefined ? {} : { tokens: { begin: end, end } };
  const saved = savedModel(config, parameters, tokens);
  const generation = end === undefined ? {} : { bos_token_id: end, eos_token_id: end };
  const files = new Map([
    ['model.safetensors', saved.safetensors],
    ['config.json', json(saved.config)],
    ['generation_config.json', json(generation)],
    ['tokenizer.json', json(toHuggingFace(tokenizer))],
    ['tokenizer_config.json', json(huggingFaceConfig(tokenizer))],
    ['optimizer.safetensors', writeOptimizer(optimizer)],
    ['trainer.json', json({ recipe: recipe.name, prompt: recipe.prompt, seconds, logs: {}, progress })],
  ]);
  return files.set(MANIFEST, json({ files: await manifestOf(files) }));
}

/** What a run goes on from. Throws `checkpoint/damaged`. */
export async function readSnapshot(
  files: Files,
): Promise<Pick<Checkpoint, 'tokenizer' | 'snapshot' | 'seconds'>> {
  await verify(files);
  const config = parse(files, 'config.json');
  const parameters = loadParameters({ config, safetensors: need(files, 'model.safetensors') });
  const optimizer = readOptimizer(need(files, 'optimizer.safetensors'));
  const { progress, seconds } = parse(files, 'trainer.json') as Pick<Checkpoint, 'seconds'> &
    Pick<Snapshot, 'progress'>;
  return { tokenizer: readTokenizer(files), snapshot: { progress, parameters, optimizer }, seconds };
}

/** Throws `checkpoint/damaged` where a file is missing, and `tokenizer/…`. */
export function readTokenizer(files: Files): Tokenizer {
  return fromHuggingFace(parse(files, 'tokenizer.json'));
}

/** The JSON in a file. Throws `checkpoint/damaged` where it is missing or none. */
export function parse(files: Files, name: string): unknown {
  const text = new TextDecoder().decode(need(files, name));
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damaged(`${name} is no JSON`, cause);
  }
}

/** A file of a checkpoint. Throws `checkpoint/damaged` where it is missing. */
export function need(files: Files, name: string): Uint8Array<ArrayBuffer> {
  const data = files.get(name);
  if (data) return data;
  throw damaged(`it has no ${name}, only ${[...files.keys()].join(', ') || 'nothing'}`);
}

/** Throws `checkpoint/damaged` where files are not as their manifest says; a folder of others has none. */
export async function verify(files: Files): Promise<void> {
  if (!files.has(MANIFEST)) return;
  const { files: manifest } = parse(files, MANIFEST) as { files: Awaited<ReturnType<typeof manifestOf>> };
  for (const [name, { sha256 }] of Object.entries(manifest)) {
    if ((await hash(need(files, name))) !== sha256) throw damaged(`${name} is not what was written`);
  }
}

async function manifestOf(files: Files): Promise<Record<string, { size: number; sha256: string }>> {
  const entries = [...files].map(async ([name, data]) => [
    name,
    { size: data.length, sha256: await hash(data) },
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

async function hash(data: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function damaged(problem: string, cause?: unknown): TinyllmError {
  return new TinyllmError(
    'checkpoint/damaged',
    `This is not a whole checkpoint: ${problem}. Choose another.`,
    { cause },
  );
}

function json(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}
