/** A model with its tokenizer as the files of a folder, which Hugging Face's `from_pretrained` opens as it is. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { endOfText } from '@tinyllm/data';
import { readText } from '@tinyllm/data/node';
import {
  type ModelConfig,
  type ParameterValues,
  type SavedModel,
  SHARD_INDEX,
  type StreamOptions,
  savedModel,
  streamedModel,
  type TextTokens,
} from '@tinyllm/model';
import {
  fromHuggingFace,
  huggingFaceConfig,
  Llama2cTokenizer,
  type Tokenizer,
  toHuggingFace,
  tokenizerFromJSON,
} from '@tinyllm/tokenizers';
import { makeFolder } from './disk';

/** What `writeFile` takes. */
export type Content = string | Uint8Array | AsyncIterable<Uint8Array>;

/** What an exported `.bin` must get back; see `Llama2cModel`. */
export const rotationsFile = 'rotations.safetensors';

/** Contents by file name. */
export function modelFiles(
  model: ModelConfig,
  parameters: ReadonlyMap<string, ParameterValues>,
  tokenizer: Tokenizer,
): Map<string, string | Uint8Array> {
  const { config, safetensors } = savedModel(model, parameters, tokensOf(tokenizer));
  return new Map([['model.safetensors', safetensors], ...smallFiles(config, tokenizer)]);
}

/** Contents by file name; those of parameters come a tensor at a time, as `read` gives them. */
export function streamedModelFiles(
  model: ModelConfig,
  read: (name: string) => ParameterValues,
  tokenizer: Tokenizer,
  options: Omit<StreamOptions, 'tokens'> = {},
): Map<string, Content> {
  const { config, files, index } = streamedModel(model, read, { ...options, ...tokensOf(tokenizer) });
  return new Map<string, Content>([
    ...files,
    ...(index ? [[SHARD_INDEX, json(index)] as const] : []),
    ...smallFiles(config, tokenizer),
  ]);
}

/** Writes files to a folder that appears when all are there. */
export async function writeFolder(out: string, files: Iterable<readonly [string, Content]>): Promise<void> {
  await makeFolder(out, async (folder) => {
    for (const [name, content] of files) await writeFile(join(folder, name), content);
  });
}

/** All but parameters. A tokenizer of llama2.c stays in its own form too: Hugging Face's has no scores. */
function smallFiles(config: SavedModel['config'], tokenizer: Tokenizer): Map<string, string | Uint8Array> {
  const { tokens } = tokensOf(tokenizer);
  const files = new Map<string, string | Uint8Array>([
    ['config.json', json(config)],
    ['generation_config.json', json(tokens ? { bos_token_id: tokens.begin, eos_token_id: tokens.end } : {})],
  ]);
  if (tokenizer instanceof Llama2cTokenizer) files.set('tokenizer.bin', tokenizer.toBinary());
  files.set('tokenizer.json', json(toHuggingFace(tokenizer)));
  return files.set('tokenizer_config.json', json(huggingFaceConfig(tokenizer)));
}

/** The tokenizer of a model folder. Throws as `readTokenizerFile` does. */
export async function readTokenizer(folder: string): Promise<Tokenizer> {
  const own = join(folder, 'tokenizer.bin');
  return readTokenizerFile(existsSync(own) ? own : join(folder, 'tokenizer.json'));
}

/**
 * The tokenizer in a `tokenizer.json` or in llama2.c's `tokenizer.bin`. Throws `tokenizer/…`, and as `readTokenizerJSON`
 * does.
 */
export async function readTokenizerFile(path: string): Promise<Tokenizer> {
  if (path.endsWith('.bin')) return Llama2cTokenizer.fromBinary(await readFile(path));
  return readTokenizerJSON(path);
}

/** The tokenizer in a `tokenizer.json`, Hugging Face's or ours. Throws `tokenizer/…`, and `data/…` as `readText` does. */
export async function readTokenizerJSON(path: string): Promise<Tokenizer> {
  const content = parse(await readText(path), path);
  const isTheirs = typeof content === 'object' && content !== null && 'model' in content;
  return isTheirs ? fromHuggingFace(content) : tokenizerFromJSON(content);
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TinyllmError(
      'tokenizer/invalid-json',
      `${path} is not JSON: ${(cause as Error).message}. Give a whole tokenizer.json.`,
      { cause },
    );
  }
}

/** How a text begins where no prompt is given: with the token that says so, or with a new line. */
export function firstPrompt({ specialTokens }: Tokenizer): string {
  return ['<s>', endOfText].find((token) => Object.hasOwn(specialTokens, token)) ?? '\n';
}

/** The ids that begin and end a text, where there are any. */
function tokensOf({ specialTokens }: Tokenizer): { readonly tokens?: TextTokens } {
  const { '<s>': begin, '</s>': end, [endOfText]: between } = specialTokens;
  if (begin !== undefined && end !== undefined) return { tokens: { begin, end } };
  return between === undefined ? {} : { tokens: { begin: between, end: between } };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
