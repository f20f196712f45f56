/** A model with its tokenizer as the files of a folder, which Hugging Face's `from_pretrained` opens as it is. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endOfText } from '@tinyllm/data';
import {
  type ModelConfig,
  type ParameterValues,
  type SaveOptions,
  savedModel,
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

/** Contents by file name. A tokenizer of llama2.c has no form that Hugging Face reads: it stays in its own. */
export function modelFiles(
  model: ModelConfig,
  parameters: ReadonlyMap<string, ParameterValues>,
  tokenizer: Tokenizer,
  { dtype = 'F32' }: Pick<SaveOptions, 'dtype'> = {},
): Map<string, string | Uint8Array> {
  const tokens = textTokens(tokenizer);
  const { config, safetensors } = savedModel(model, parameters, { dtype, ...(tokens ? { tokens } : {}) });
  const files = new Map<string, string | Uint8Array>([
    ['model.safetensors', safetensors],
    ['config.json', json(config)],
    ['generation_config.json', json(tokens ? { bos_token_id: tokens.begin, eos_token_id: tokens.end } : {})],
  ]);
  if (tokenizer instanceof Llama2cTokenizer) return files.set('tokenizer.bin', tokenizer.toBinary());
  files.set('tokenizer.json', json(toHuggingFace(tokenizer)));
  return files.set('tokenizer_config.json', json(huggingFaceConfig(tokenizer)));
}

/** The tokenizer of a model folder. Throws `tokenizer/…`, and as `readFile` does. */
export async function readTokenizer(folder: string): Promise<Tokenizer> {
  const own = join(folder, 'tokenizer.bin');
  return readTokenizerFile(existsSync(own) ? own : join(folder, 'tokenizer.json'));
}

/** The tokenizer in a `tokenizer.json`, Hugging Face's or ours, or in llama2.c's `tokenizer.bin`. Throws `tokenizer/…`. */
export async function readTokenizerFile(path: string): Promise<Tokenizer> {
  if (path.endsWith('.bin')) return Llama2cTokenizer.fromBinary(await readFile(path));
  const content: unknown = JSON.parse(await readFile(path, 'utf8'));
  const isTheirs = typeof content === 'object' && content !== null && 'model' in content;
  return isTheirs ? fromHuggingFace(content) : tokenizerFromJSON(content);
}

/** How a text begins where no prompt is given: with the token that says so, or with a new line. */
export function firstPrompt({ specialTokens }: Tokenizer): string {
  return ['<s>', endOfText].find((token) => Object.hasOwn(specialTokens, token)) ?? '\n';
}

function textTokens({ specialTokens }: Tokenizer): TextTokens | undefined {
  const { '<s>': begin, '</s>': end, [endOfText]: between } = specialTokens;
  if (begin !== undefined && end !== undefined) return { begin, end };
  return between === undefined ? undefined : { begin: between, end: between };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
