/** The flags that say how text is generated, as `sample`, `judge` and `/set` take them. */
import { TinyllmError } from '@tinyllm/common';
import { endOfText } from '@tinyllm/data';
import { readText } from '@tinyllm/data/node';
import { type GenerateOptions, type SamplerOptions, sampler, samplerOptionNames } from '@tinyllm/sample';
import type { Tokenizer } from '@tinyllm/tokenizers';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { number } from './flags';

/** Settings of generation; those of samplers have the samplers' own names. */
export interface SamplingFlags extends SamplerOptions {
  readonly temperature: number;
  readonly maxNewTokens: number;
  readonly seed: number;
  readonly stop?: readonly string[];
  readonly pastWindow: 'slide' | 'stop';
  readonly keepPrefix: number;
}

/** The options that `addSamplingFlags` adds. */
export function samplingOptions(): Option[] {
  const option = (flags: string, description: string, initial?: number): Option =>
    new Option(flags, description).argParser(number).default(initial);
  return [
    option('--max-new-tokens <number>', 'the longest text', 500),
    option('--temperature <number>', '0 is greedy, 1 the model as it is', 0.8),
    option('--top-k <number>', 'draw from the k likeliest tokens only'),
    option('--top-p <number>', 'draw from the likeliest tokens of this probability in all'),
    option('--typical-p <number>', 'draw from the tokens of typical surprise, of this probability in all'),
    option('--min-p <number>', 'draw from tokens this many times as likely as the likeliest'),
    option('--repetition-penalty <number>', 'divides the logits of tokens that have been, say 1.1'),
    option('--frequency-penalty <number>', 'taken from the logit of a token for every time it has been'),
    option('--presence-penalty <number>', 'taken from the logit of a token that has been'),
    option('--penalty-last-n <number>', 'tokens that the penalties look back; default: 64'),
    new Option('--logit-bias <id=bias...>', 'added to logits').argParser(bias),
    new Option('--banned-tokens <id...>', 'never drawn').argParser((text: string, before?: number[]) => [
      ...(before ?? []),
      number(text),
    ]),
    new Option('--stop <text...>', 'ends the text where it would come'),
    new Option('--past-window <rule>', "what happens at the end of the model's window")
      .choices(['slide', 'stop'])
      .default('slide'),
    option('--keep-prefix <number>', 'tokens of the prompt that sliding never forgets', 0),
    option('--seed <number>', 'the same seed, the same text', 1337),
  ];
}

/** Adds a flag to `command` for every setting of generation. */
export function addSamplingFlags(command: Command): Command {
  for (const option of samplingOptions()) command.addOption(option);
  return command;
}

/** What `generate` takes for `flags`; a text ends at what the tokenizer has for its end. Throws `sample/invalid-option`. */
export function generateOptions(flags: SamplingFlags, tokenizer: Tokenizer): GenerateOptions {
  const { maxNewTokens, seed, stop = [], pastWindow, keepPrefix } = flags;
  const ends = [endOfText, '<s>', '</s>'].map((name) => tokenizer.specialTokens[name]); // GPT-2's, and llama2.c's two
  return {
    sampler: sampler(Object.fromEntries(samplerOptionNames.map((name) => [name, flags[name]]))),
    seed,
    maxNewTokens,
    stopTokens: ends.filter((id) => id !== undefined),
    stopStrings: stop,
    pastWindow,
    keepPrefix,
  };
}

/** The prompt that `--prompt` says: the text itself, or that of a file where it begins with `FILE:`. Throws `cli/no-prompt`. */
export async function readPrompt(prompt: string): Promise<string> {
  if (!prompt.startsWith('FILE:')) return prompt;
  const path = prompt.slice('FILE:'.length);
  try {
    return await readText(path);
  } catch (cause) {
    throw new TinyllmError(
      'cli/no-prompt',
      `The prompt is to be read from ${path}, which cannot be: ${(cause as Error).message}. Give another path behind FILE:.`,
      { cause },
    );
  }
}

/** `prompt` as the model should read it: llama2.c's models expect every text to begin with `<s>`. */
export function begun(prompt: string, { specialTokens }: Tokenizer): string {
  return Object.hasOwn(specialTokens, '<s>') && !prompt.startsWith('<s>') ? `<s>${prompt}` : prompt;
}

/** `prompt` as people read it: without the special tokens, say the end-of-text that begins a story. */
export function shownPrompt(prompt: string, { specialTokens }: Tokenizer): string {
  return Object.keys(specialTokens).reduce((text, token) => text.replaceAll(token, ''), prompt);
}

function bias(text: string, before: Record<number, number> = {}): Record<number, number> {
  const [id, value] = text.split('=');
  if (id === undefined || value === undefined)
    throw new InvalidArgumentError('It must be id=bias, say 42=-5.');
  return { ...before, [number(id)]: number(value) };
}
