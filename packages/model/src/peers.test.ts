/** Models that `transformers` opens as they are, and models of theirs that open here. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tensor2d } from '@tensorflow/tfjs-core';
import { useBackend } from '@tinyllm/compute';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bytesSource,
  createGPT,
  forward,
  type GPT,
  languageModel,
  llama,
  loadModel,
  openSafetensors,
  openShards,
  type ParameterValues,
  readParameters,
  SHARD_INDEX,
  streamedModel,
} from './index';

const python = process.env.TINYLLM_PEERS_PYTHON;
const script = fileURLToPath(new URL('../peers/peers.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tinyllm-models-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  await useBackend('wasm');
});

function ask<Answer>(request: object): Answer {
  const options = { input: JSON.stringify(request), encoding: 'utf8', maxBuffer: 2 ** 28 } as const;
  return JSON.parse(execFileSync(python ?? 'python3', [script], options));
}

/** Whether this Python has PyTorch and a version of transformers that takes it. */
function hasTorch(): boolean {
  if (python === undefined) return false;
  try {
    execFileSync(python, ['-c', 'from transformers import GPT2LMHeadModel; import torch'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

async function logitsOf(model: GPT, ids: number[]): Promise<Float32Array> {
  return (await forward(model, tensor2d([ids], [1, ids.length], 'int32')).data()) as Float32Array;
}

function expectClose(actual: Float32Array, expected: number[][]): void {
  const wanted = expected.flat();
  expect(actual.length).toBe(wanted.length);
  expect(Math.max(...wanted.map((x, i) => Math.abs(x - (actual[i] as number))))).toBeLessThan(1e-4);
}

/** Characters a to z and the end of text, for Hugging Face. */
const letters = 'abcdefghijklmnopqrstuvwxyz ';
const tokenizer = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [],
  normalizer: null,
  post_processor: null,
  pre_tokenizer: {
    type: 'Split',
    pattern: { Regex: String.raw`[\s\S]` },
    behavior: 'Isolated',
    invert: false,
  },
  decoder: { type: 'Fuse' },
  model: {
    type: 'WordLevel',
    vocab: Object.fromEntries([...letters].map((letter, id) => [letter, id])),
    unk_token: '',
  },
};

const shape = { vocabSize: letters.length, blockSize: 48, nLayer: 3, nHead: 4, nEmbd: 32 };
interface Opened {
  class: string;
  missing: string[];
  unexpected: string[];
  ids: number[];
  logits: number[][];
  greedy: number[];
}

describe.skipIf(!hasTorch())('transformers (skipped unless TINYLLM_PEERS_PYTHON has it, and torch)', () => {
  it.each([
    ['GPT2LMHeadModel', 5e9, shape],
    ['GPT2LMHeadModel', 20_000, { ...shape, bias: false, mlp: 'gelu', nInner: 40 }],
    ['GPT2LMHeadModel', 20_000, { ...shape, tieEmbeddings: false }],
    ['LlamaForCausalLM', 5e9, { ...shape, ...llama }],
    [
      'LlamaForCausalLM',
      20_000,
      { ...shape, ...llama, nKvHead: 2, bias: true, tieEmbeddings: false, ropeTheta: 500 },
    ],
  ] as const)('opens ours as %s in shards of %d bytes: %j', async (name, maxShardSize, options) => {
    const model = createGPT({ ...options, dropout: 0.1 }, { seed: 1 });
    const at = mkdtempSync(join(folder, 'ours-'));
    const parameters = await readParameters(model);
    const { config, files, index } = streamedModel(model, (name) => parameters.get(name) as ParameterValues, {
      maxShardSize,
    });
    expect(files.size > 1).toBe(maxShardSize === 20_000);
    for (const [file, bytes] of files) await writeFile(join(at, file), bytes);
    if (index) writeFileSync(join(at, SHARD_INDEX), JSON.stringify(index));
    writeFileSync(join(at, 'config.json'), JSON.stringify(config));
    writeFileSync(join(at, 'tokenizer.json'), JSON.stringify(tokenizer));
    writeFileSync(join(at, 'tokenizer_config.json'), '{"tokenizer_class":"PreTrainedTokenizerFast"}');
    const theirs = ask<Opened>({ do: 'open', folder: at, text: 'once upon a time', tokens: 24 });
    expect(theirs).toMatchObject({ class: name, missing: [], unexpected: [] });
    expect(theirs.ids).toEqual([...'once upon a time'].map((letter) => letters.indexOf(letter)));
    expectClose(await logitsOf(model, theirs.ids), theirs.logits);
    const decoding = languageModel(model).decode();
    const greedy = [...theirs.ids];
    for (let unread = greedy; greedy.length < theirs.ids.length + 24; unread = greedy.slice(-1)) {
      const [logits] = await decoding.append([Int32Array.from(unread)]);
      greedy.push(logits?.indexOf(Math.max(...logits)) ?? -1);
    }
    expect(theirs.greedy).toEqual(greedy);
  });

  it.each([
    ['gpt2', { vocab_size: 61, n_positions: 32, n_layer: 2, n_head: 4, n_embd: 32 }, '5GB'],
    [
      'gpt2',
      { vocab_size: 61, n_positions: 32, n_layer: 2, n_head: 4, n_embd: 32, tie_word_embeddings: false },
      '20KB',
    ],
    [
      'llama',
      {
        vocab_size: 61,
        max_position_embeddings: 32,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        num_key_value_heads: 2,
        hidden_size: 32,
        intermediate_size: 44,
      },
      '5GB',
    ],
    [
      'llama',
      {
        vocab_size: 61,
        max_position_embeddings: 32,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        hidden_size: 32,
        intermediate_size: 44,
        attention_bias: true,
        mlp_bias: true,
        rms_norm_eps: 1e-5,
        tie_word_embeddings: true,
      },
      '20KB',
    ],
  ])('saves %s %j, in shards of %s, which opens here', async (family, config, shard) => {
    const at = mkdtempSync(join(folder, 'theirs-'));
    const ids = [3, 1, 4, 1, 5, 9, 2, 6, 60, 0];
    const { logits } = ask<{ logits: number[][] }>({ do: 'save', family, config, folder: at, ids, shard });
    const open = (file: string) => openSafetensors(bytesSource(readFileSync(join(at, file))));
    const read = (file: string) => JSON.parse(readFileSync(join(at, file), 'utf8'));
    expect(existsSync(join(at, SHARD_INDEX))).toBe(shard !== '5GB');
    const safetensors = shard === '5GB' ? open('model.safetensors') : openShards(read(SHARD_INDEX), open);
    const model = loadModel({ config: read('config.json'), safetensors }) as GPT;
    expectClose(await logitsOf(model, ids), logits);
  });
});
