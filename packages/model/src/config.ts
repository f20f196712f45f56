import { TinyllmError } from '@tinyllm/common';

/** The shape of a GPT, complete. GPT-2's family and Llama's are two points of the same space. */
export interface GPTConfig {
  /** V: how many token ids there are. */
  readonly vocabSize: number;
  /** The longest sequence the model reads, in tokens. */
  readonly blockSize: number;
  readonly nLayer: number;
  readonly nHead: number;
  /** Heads of keys and values, a divisor of nHead: fewer than nHead are shared by groups of queries. */
  readonly nKvHead: number;
  /** C: the width of the residual stream, a multiple of nHead. */
  readonly nEmbd: number;
  /** F: the width inside the MLP. */
  readonly nInner: number;
  /** Probability of dropping a value while training, in [0, 1). */
  readonly dropout: number;
  /** Layer normalization, as in GPT-2, or root-mean-square normalization, as in Llama. */
  readonly norm: 'layer' | 'rms';
  /** Added to the variance, or to the mean square, before its root; layer normalization has 1e-5. */
  readonly normEpsilon: number;
  /** A learned vector for each position, as in GPT-2, or rotary positions of queries and keys, as in Llama. */
  readonly position: 'learned' | 'rope';
  /** Base of the rotary wavelengths. */
  readonly ropeTheta: number;
  /** GELU as in GPT-2, `gelu_tanh`, or exact as in nanoGPT, `gelu`; or Llama's gates, `swiglu`. */
  readonly mlp: 'gelu' | 'gelu_tanh' | 'swiglu';
  /** Whether linear layers and layer norms have biases, as GPT-2's do. */
  readonly bias: boolean;
  /** Whether the output head is the token embedding, as in GPT-2. */
  readonly tieEmbeddings: boolean;
  /** Whether queries and keys are normalized head by head (Dehghani et al. 2023, arXiv:2302.05442), as in Qwen 3. */
  readonly qkNorm: boolean;
}

const defaults = {
  dropout: 0,
  norm: 'layer',
  normEpsilon: 1e-5,
  position: 'learned',
  ropeTheta: 10_000,
  mlp: 'gelu_tanh',
  bias: true,
  tieEmbeddings: true,
  qkNorm: false,
} as const;

type Required = 'vocabSize' | 'blockSize' | 'nLayer' | 'nHead' | 'nEmbd';

/**
 * A `GPTConfig` of which only five fields are needed; GPT-2 without dropout is the default. `nInner` is 4·nEmbd by
 * default, and for `swiglu`, which has three matrices instead of two, 8/3·nEmbd rounded up to a multiple of 32.
 */
export type GPTOptions = Pick<GPTConfig, Required> & Partial<Omit<GPTConfig, Required>>;

/** What makes a GPT one of Llama's family; spread it into `GPTOptions`. */
export const llama: Pick<GPTConfig, 'norm' | 'position' | 'mlp' | 'bias'> = {
  norm: 'rms',
  position: 'rope',
  mlp: 'swiglu',
  bias: false,
};

export interface BigramConfig {
  /** V: how many token ids there are. */
  readonly vocabSize: number;
}

const counts = ['vocabSize', 'blockSize', 'nLayer', 'nHead', 'nKvHead', 'nEmbd', 'nInner'] as const;
const switches = ['bias', 'tieEmbeddings', 'qkNorm'] as const;
const positives = ['normEpsilon', 'ropeTheta'] as const;
const choices = {
  norm: ['layer', 'rms'],
  position: ['learned', 'rope'],
  mlp: ['gelu', 'gelu_tanh', 'swiglu'],
} as const;

/** The complete, checked config for `options`. Throws `config/…` naming the field, what it must be and what came. */
export function gptConfig(options: GPTOptions): GPTConfig {
  const { nHead, nEmbd, mlp } = options;
  const nInner = mlp === 'swiglu' ? 32 * Math.ceil((8 * nEmbd) / 3 / 32) : 4 * nEmbd;
  const config: GPTConfig = { ...defaults, nKvHead: nHead, nInner, ...options };
  refuseUnknown(config, [...counts, ...Object.keys(defaults)]);
  for (const field of counts) checkCount(field, config[field]);
  for (const field of switches) {
    if (typeof config[field] !== 'boolean') throw invalid(field, 'true or false', config[field]);
  }
  for (const field of positives) {
    if (!(Number.isFinite(config[field]) && config[field] > 0))
      throw invalid(field, 'a positive number', config[field]);
  }
  for (const [field, values] of Object.entries(choices)) {
    const value = config[field as keyof typeof choices];
    if (!(values as readonly string[]).includes(value)) {
      const expected = values.map((each) => JSON.stringify(each)).join(' or ');
      throw invalid(field, expected, value);
    }
  }
  checkSizes(config);
  return config;
}

/** Checks what fields must be to each other. */
function checkSizes({ nEmbd, nHead, nKvHead, dropout, norm, normEpsilon, position }: GPTConfig): void {
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
  if (nHead % nKvHead !== 0) {
    throw new TinyllmError(
      'config/heads-do-not-divide',
      `nHead (${nHead}) must be a multiple of nKvHead (${nKvHead}), since each key serves as many queries. ` +
        `Leave nKvHead out for one key to a query.`,
    );
  }
  if (position === 'rope' && (nEmbd / nHead) % 2 !== 0) {
    throw new TinyllmError(
      'config/odd-head-size',
      `With rotary positions a head is made of pairs, but nEmbd / nHead is ${nEmbd / nHead}. ` +
        `Make nEmbd a multiple of ${2 * nHead}.`,
    );
  }
  if (norm === 'layer' && normEpsilon !== defaults.normEpsilon) {
    throw invalid('normEpsilon', `${defaults.normEpsilon} where norm is "layer"`, normEpsilon);
  }
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

/** Every layer has parameters by name, so a file that claims very many would fill the memory before it is read. */
const MOST: Readonly<Record<string, number>> = { nLayer: 2 ** 16 };

function checkCount(field: string, value: unknown): void {
  const most = MOST[field] ?? 2 ** 31 - 1; // what an int32 holds
  if (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > most)
    throw invalid(field, `a positive integer of at most ${most}`, value);
}

function invalid(field: string, expected: string, value: unknown): TinyllmError {
  return new TinyllmError(
    'config/invalid-field',
    `${field} must be ${expected}, but is ${JSON.stringify(value)}.`,
  );
}
