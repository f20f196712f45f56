/** A trained minGPT with every intermediate of its first block, as PyTorch computed them (bbycroft/llm-viz). */
import { existsSync, readFileSync } from 'node:fs';
import {
  add,
  concat,
  engine,
  expandDims,
  log,
  reshape,
  slice,
  softmax,
  split,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor,
  tensor2d,
  tile,
  transpose,
} from '@tensorflow/tfjs-core';
import { causalAttention, embed, layerNorm, linear, useBackend } from '@tinyllm/compute';
import { beforeAll, describe, expect, it } from 'vitest';
import { createModel, forward, type GPT, gptConfig } from './index';

const fixture = new URL('../../../../shared/fixtures/llm-viz-gpt-nano/', import.meta.url);
const here = existsSync(fixture);

type Stored = { shape: number[]; data: string };
const read = (name: string): Record<string, Stored> =>
  here ? JSON.parse(readFileSync(new URL(name, fixture), 'utf8')) : {};

function values({ data }: Stored): Float32Array {
  const bytes = Buffer.from(data, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** PyTorch's linear weights are [out, in]; ours are GPT-2's [in, out]. */
function transposed(data: Float32Array, [rows, columns]: number[]): Float32Array {
  const [r, c] = [rows as number, columns as number];
  return Float32Array.from(
    { length: data.length },
    (_, i) => data[(i % r) * c + Math.floor(i / r)] as number,
  );
}

describe.skipIf(!here).each(['cpu', 'wasm'] as const)(
  'llm-viz on %s (skipped without ../shared)',
  (backend) => {
    const partials = read('llmviz_gpt-nano-sort-t0-partials.json');
    let model: GPT;
    let ids: Tensor2D;

    beforeAll(async () => {
      await useBackend(backend);
      const { config: _, ...stored } = read('llmviz_gpt-nano-sort-model.json');
      const parameters = Object.entries(stored)
        .filter(([name]) => !name.endsWith('.attn.bias')) // the causal mask
        .map(([name, entry]) => {
          const own = name.replace('transformer.', '');
          const data = values(entry);
          const flipped = /c_attn|c_proj|c_fc/.test(own) && entry.shape.length === 2;
          return [
            own,
            flipped
              ? { shape: entry.shape.toReversed(), data: transposed(data, entry.shape) }
              : { shape: entry.shape, data },
          ] as const;
        });
      const shape = { nLayer: 3, nHead: 3, nEmbd: 48, vocabSize: 3, blockSize: 11 };
      const config = gptConfig({ ...shape, dropout: 0.1, tieEmbeddings: false });
      model = createModel({ architecture: 'gpt', config }, new Map(parameters)) as GPT;
      ids = tensor2d(Int32Array.from(values(partials.idx as Stored)), [3, 11], 'int32');
    });

    async function expectRecorded(name: string, actual: Tensor): Promise<void> {
      const expected = values(partials[name] as Stored);
      expect(actual.size, name).toBe(expected.length);
      let worst = 0;
      for (const [i, value] of (await actual.data()).entries()) {
        const wanted = expected[i] as number;
        if (wanted !== -Infinity)
          worst = Math.max(worst, Math.abs(value - wanted) / Math.max(1, Math.abs(wanted)));
      }
      expect(worst, name).toBeLessThan(1e-5);
    }

    it('has every recorded intermediate of block 0', async () => {
      const { wte, wpe = wte, h } = model.params;
      const block = h[0] as GPT['params']['h'][number];
      const tokens = embed(ids, wte.weight); // [B, T, C]
      const positions = embed(tensor([...Array(11).keys()], [11], 'int32'), wpe.weight); // [T, C]
      await expectRecorded('tok_emb', tokens);
      await expectRecorded('pos_emb', positions);
      const x = add(tokens, positions);
      await expectRecorded('x', x);
      const ln1 = layerNorm(x, block.ln_1);
      await expectRecorded('ln1', ln1);
      const qkv = linear(ln1, block.attn.c_attn) as Tensor3D;
      await expectRecorded('qkv', qkv);
      const parts = split(qkv, 3, 2) as Tensor3D[];
      const perHead = (part: Tensor): Tensor => transpose(reshape(part, [3, 11, 3, 16]), [0, 2, 1, 3]);
      for (const [i, name] of ['q', 'k', 'v'].entries())
        await expectRecorded(name, perHead(parts[i] as Tensor));

      // With a value of its own for every position, what attention returns is its weights.
      const unit = Float32Array.from({ length: 11 * 16 }, (_, i) => (i % 16 === Math.floor(i / 16) ? 1 : 0));
      const marks = tile(tensor(unit, [1, 11, 16]), [3, 1, 3]); // [B, T, C]
      const marked = concat([...parts.slice(0, 2), marks] as Tensor3D[], 2) as Tensor3D;
      const weights = slice(perHead(causalAttention(marked, 3)), 0, [3, 3, 11, 11]); // [B, H, T, T]
      await expectRecorded('attSm', weights);
      const [, logSumExp] = engine().runKernel('CausalAttention', { qkv }, { nHead: 3 }) as unknown as [
        Tensor,
        Tensor,
      ];
      await expectRecorded('att', add(log(weights), expandDims(logSumExp, 3)));

      const y = causalAttention(qkv, 3);
      await expectRecorded('y', y);
      const yProj = linear(y, block.attn.c_proj);
      await expectRecorded('yProj', yProj);
      const attnResid = add(x, yProj);
      await expectRecorded('attnResid', attnResid);
      const ln2 = layerNorm(attnResid, block.ln_2);
      await expectRecorded('ln2', ln2);
      await expectRecorded('fc', linear(ln2, block.mlp.c_fc));
      const gelu = linear(ln2, block.mlp.c_fc, 'gelu_tanh');
      await expectRecorded('gelu', gelu);
      const mlp = linear(gelu, block.mlp.c_proj);
      await expectRecorded('mlp', mlp);
      await expectRecorded('mlpResid', add(attnResid, mlp));
      await expectRecorded('block0', add(attnResid, mlp));
    });

    it('has the recorded logits and probabilities', async () => {
      const logits = forward(model, ids);
      await expectRecorded('lm_head', logits);
      await expectRecorded('probs', softmax(logits));
    });
  },
);
