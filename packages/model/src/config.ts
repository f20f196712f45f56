import { TinyllmError } from '@tinyllm/common';
import type { Activation } from '@tinyllm/compute';

/** The shape of a GPT, complete. */
export interface GPTConfig {
  /** V: how many token ids there are. */
  readonly vocabSize: number;
  /** The longest sequence the model reads, in tokens. */
  readonly blockSize: number;
  readonly nLayer: number;
  readonly nHead: number;
  /** C: the width of the residual stream, a multiple of nHead. */
  readonly nEmbd: number;
  /** Probability of dropping a value while training, in [0, 1). */
  readonly dropout: number;
  /** GELU as in GPT-2, `gelu_tanh`, or exact as in nanoGPT, `gelu`. */
  readonly activation: Activation;
  /** Whether linear layers and layer norms have biases, as GPT-2's do. */
  readonly bias: boolean;
  /** Whether the output head is the token embedding, as in GPT-2. */
  readonly tieEmbeddings: boolean;
}

const defaults = { dropout: 0, activation: 'gelu_tanh', bias: true, tieEmbeddings: true } as const;

/** A `GPTConfig` whose last four fields may be left out; GPT-2 without dropout is the default. */
export type GPTOptions = Omit<GPTConfig, keyof typeof defaults> &
  Partial<Pick<GPTConfig, keyof typeof defaults>>;

export interface BigramConfig {
  /** V: how many token ids there are. */
  readonly vocabSize: number;
}

const counts = ['vocabSize', 'blockSize', 'nLayer', 'nHead', 'nEmbd'] as const;
const switches = ['bias', 'tieEmbeddings'] as const;

/** The complete, checked config for `options`. Throws `config/…` naming the field, what it must be and what came. */
export function gptConfig(options: GPTOptions): GPTConfig {
  const config = { ...defaults, ...options };
  refuseUnknown(config, [...counts, ...Object.keys(defaults)]);
  for (const field of counts) checkCount(field, config[field]);
  for (const field of switches) {
    if (typeof config[field] !== 'boolean') throw invalid(field, 'true or false', config[field]);
  }
  const { nEmbd, nHead, dropout, activation } = config;
  if (activation !== 'gelu' && activation !== 'gelu_tanh')
    throw invalid('activation', '"gelu" or "gelu_tanh"', activation);
  if (!(typeof dropout === 'number' && dropout >= 0 && dropout < 1)) {
    throw invalid('dropout', 'a number from 0 to below 1', dropout);
  }
  if (nEmbd % nHead !== 0) {
    throw new TinyllmError(
      'config/heads-do-not-divide',
      `nEmbd (${nEmbd}) must be a multiple of nHead (${nHead}), since heads share it equally. ` +
        `The nearest that fits is nEmbd ${Math.max(1, Math.round(nEmbd / nHead)) * nHead}.`,
    );
  }
  return config;
}

/** The checked config of a bigram model. Throws `config/…` as `gptConfig` does. */
export function bigramConfig(options: BigramConfig): BigramConfig {
  refuseUnknown(options, ['vocabSize']);
  checkCount('vocabSize', options.vocabSize);
  return { vocabSize: options.vocabSize };
}

function refuseUnknown(config: object, known: readonly string[]): void {
  const unknown = Object.keys(config).find((field) => !known.includes(field));
  if (unknown === undefined) return;
  throw new TinyllmError(
    'config/unknown-field',
    `There is no config field "${unknown}". The fields are ${known.join(', ')}.`,
  );
}

function checkCount(field: string, value: unknown): void {
  if (!Number.isSafeInteger(value) || (value as number) < 1)
    throw invalid(field, 'a positive integer', value);
}

function invalid(field: string, expected: string, value: unknown): TinyllmError {
  return new TinyllmError(
    'config/invalid-field',
    `${field} must be ${expected}, but is ${JSON.stringify(value)}.`,
  );
}
