/** Models of others come in, and go out again. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { useBackend } from '@tinyllm/compute';
import { createGPT, disposeModel, llama, readParameters, writeLlama2c } from '@tinyllm/model';
import { CharTokenizer, Llama2cTokenizer } from '@tinyllm/tokenizers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelFiles, writeFolder } from './model-folder';

const program = fileURLToPath(new URL('../bin/tinyllm.js', import.meta.url));
const fixture = fileURLToPath(new URL('../../../../shared/fixtures/llama2c-stories260K/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tinyllm-import-'));
afterAll(() => rmSync(folder, { recursive: true }));

const python = process.env.TINYLLM_PEERS_PYTHON;
const peers = fileURLToPath(new URL('../../../packages/model/peers/peers.py', import.meta.url));

/** Whether this Python has PyTorch and a version of transformers that takes it. */
function hasTorch(): boolean {
  if (python === undefined) return false;
  const args = ['-c', 'from transformers import LlamaForCausalLM; import torch'];
  return spawnSync(python, args).status === 0;
}

function tinyllm(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: 'utf8' });
}

describe.skipIf(!existsSync(fixture))('stories260K (skipped without ../shared)', () => {
  const [bin, tokenizer] = [join(fixture, 'stories260K.bin'), join(fixture, 'tok512.bin')];
  const story = existsSync(fixture)
    ? (readFileSync(join(fixture, 'llama2c_stories260K.md'), 'utf8').split('-t 0.0\n')[1] ?? '')
    : '';

  it('comes in, tells the published story, and goes out byte for byte', () => {
    expect(tinyllm('import', bin, '--tokenizer', tokenizer)).toMatchObject({ status: 0, stderr: '' });
    const args = ['--checkpoint', 'models/stories260K', '--temperature', '0', '--max-new-tokens', '200'];
    const { stdout } = tinyllm('sample', ...args);
    expect(stdout.length).toBeGreaterThan(400);
    expect(story.startsWith(stdout.trimEnd())).toBe(true);

    const out = ['export', 'models/stories260K', '--format', 'llama2c', '--out', 'back'];
    expect(tinyllm(...out)).toMatchObject({ status: 0, stderr: '' });
    expect(Buffer.compare(readFileSync(join(folder, 'back/model.bin')), readFileSync(bin))).toBe(0);
    expect(Buffer.compare(readFileSync(join(folder, 'back/tokenizer.bin')), readFileSync(tokenizer))).toBe(0);
    expect(tinyllm(...out).stderr).toMatch(/back exists already/);
  });

  it('goes out for Hugging Face in half the bytes, and comes in again', () => {
    const out = ['export', 'models/stories260K', '--dtype', 'bf16', '--out', 'half'];
    expect(tinyllm(...out)).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(readFileSync(join(folder, 'half/config.json'), 'utf8'))).toMatchObject({
      architectures: ['LlamaForCausalLM'],
      num_key_value_heads: 4,
      bos_token_id: 1,
      eos_token_id: 2,
    });
    expect(readFileSync(join(folder, 'half/README.md'), 'utf8')).toContain('| parameters | 260,032 |');
    expect(readFileSync(join(folder, 'half/model.safetensors')).length).toBeLessThan(530_000);
    expect(readdirSync(join(folder, 'half'))).toEqual(
      expect.arrayContaining(['tokenizer.bin', 'tokenizer.json', 'tokenizer_config.json']),
    );
    expect(tinyllm('import', 'half', '--out', 'again')).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(join(folder, 'again'))).toContain('generation_config.json');
    const info = JSON.parse(tinyllm('info', 'again', '--json').stdout);
    expect(info).toMatchObject({ config: { mlp: 'swiglu', nKvHead: 4 }, parameters: { total: 260_032 } });
  });

  it.skipIf(!hasTorch())(
    'tells the published story in transformers (skipped unless TINYLLM_PEERS_PYTHON has it, and torch)',
    () => {
      const out = ['export', 'models/stories260K', '--out', 'theirs'];
      expect(tinyllm(...out)).toMatchObject({ status: 0, stderr: '' });
      const request = {
        do: 'open',
        folder: join(folder, 'theirs'),
        text: '<s>Once upon a time',
        tokens: 150,
      };
      const answer = execFileSync(python as string, [peers], {
        input: JSON.stringify(request),
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
      });
      const { class: name, ids, greedy } = JSON.parse(answer);
      const ours = Llama2cTokenizer.fromBinary(readFileSync(tokenizer));
      expect(name).toBe('LlamaForCausalLM');
      expect(ids).toEqual([...ours.encode('<s>Once upon a time')]);
      const text = ours.decode(greedy).slice('<s>'.length);
      expect(text.length).toBeGreaterThan(300);
      expect(story.startsWith(text)).toBe(true);
    },
  );

  it('goes out in shards, tells the same from them, and comes in again', () => {
    const out = ['export', 'models/stories260K', '--max-shard-size', '400KB', '--out', 'shards'];
    expect(tinyllm(...out)).toMatchObject({ status: 0, stderr: '' });
    const shards = readdirSync(join(folder, 'shards')).filter((name) => name.endsWith('.safetensors'));
    expect(shards).toEqual([1, 2, 3].map((n) => `model-0000${n}-of-00003.safetensors`));
    for (const shard of shards) expect(statSync(join(folder, 'shards', shard)).size).toBeLessThan(404_000);
    const told = (checkpoint: string) =>
      tinyllm('sample', '--checkpoint', checkpoint, '--temperature', '0', '--max-new-tokens', '30').stdout;
    expect(told('shards')).toBe(told('models/stories260K'));
    expect(tinyllm('import', 'shards', '--out', 'whole')).toMatchObject({ status: 0, stderr: '' });
    const weights = (name: string) => readFileSync(join(folder, name, 'model.safetensors'));
    expect(Buffer.compare(weights('whole'), weights('models/stories260K'))).toBe(0);
  });

  it.each<[string[], RegExp]>([
    [['export', 'models/stories260K', '--out', 'x', '--max-shard-size', '5'], /such as 200MB, 5GB or 512MiB/],
    [['import', 'nowhere'], /no nowhere.+Hugging Face or a llama2.c/],
    [['import', bin, '--out', 'mute'], /no .*tokenizer.json, and text needs it/],
    [['import', tokenizer, '--tokenizer', tokenizer], /./],
    [['import', bin, '--tokenizer', tokenizer], /models.stories260K exists already/],
  ])('%j says why it does nothing', (args, message) => {
    const before = readdirSync(folder);
    const { status, stderr } = tinyllm(...args);
    expect(status).toBeGreaterThan(0);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ +at /m); // no stack: all of these were foreseen
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe('a model padded to more rows than its tokenizer has tokens', () => {
  const tokenizer = CharTokenizer.fromText('tiny models\n');

  beforeAll(async () => {
    await useBackend('cpu');
    const vocabSize = tokenizer.vocabSize + 53;
    const model = createGPT({ vocabSize, blockSize: 8, nLayer: 1, nHead: 1, nEmbd: 8 }, { seed: 1 });
    await writeFolder(join(folder, 'padded'), modelFiles(model, await readParameters(model), tokenizer));
    disposeModel(model);
  });

  it('comes in, is sampled without its padding, measured, and goes out', () => {
    expect(tinyllm('import', 'padded', '--out', 'roomy')).toMatchObject({ status: 0, stderr: '' });
    const args = [
      '--checkpoint',
      'roomy',
      '--prompt',
      'tiny',
      '--max-new-tokens',
      '100',
      '--temperature',
      '3',
    ];
    const { stdout, stderr } = tinyllm('sample', ...args, '--show-probs', '--json');
    expect(stderr).toBe('');
    const tokens: { id: number }[] = JSON.parse(stdout).tokens;
    expect(tokens).toHaveLength(100);
    expect(Math.max(...tokens.map(({ id }) => id))).toBeLessThan(tokenizer.vocabSize);

    writeFileSync(join(folder, 'text.txt'), 'models tiny\n'.repeat(20));
    const measured = tinyllm('eval', 'roomy', '--data', 'text.txt', '--split', 'all', '--json');
    expect(measured).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(measured.stdout).tokens).toBe(239);
    expect(tinyllm('export', 'roomy', '--out', 'out-again')).toMatchObject({ status: 0, stderr: '' });
    const weights = (name: string) => readFileSync(join(folder, name, 'model.safetensors'));
    expect(Buffer.compare(weights('out-again'), weights('padded'))).toBe(0);
  });

  it.skipIf(!existsSync(fixture))('does not go out for llama2.c (skipped without ../shared)', async () => {
    const options = { vocabSize: 520, blockSize: 8, nLayer: 1, nHead: 2, nEmbd: 8, ...llama };
    const model = createGPT(options, { seed: 1 });
    const bin = writeLlama2c({ config: model.config, parameters: await readParameters(model) });
    disposeModel(model);
    writeFileSync(join(folder, 'wide.bin'), bin);
    const args = ['import', 'wide.bin', '--tokenizer', join(fixture, 'tok512.bin')];
    expect(tinyllm(...args)).toMatchObject({ status: 0, stderr: '' });
    const { status, stderr } = tinyllm('export', 'models/wide', '--format', 'llama2c', '--out', 'narrow');
    expect(stderr).toMatch(/^error: .*520 rows for 512 tokens.*--format hugging-face/);
    expect(status).toBeGreaterThan(0);
  });

  it('does not come in with a damaged tokenizer.json', () => {
    const text = readFileSync(join(folder, 'padded', 'tokenizer.json'), 'utf8');
    const broken = join(folder, 'broken.json');
    for (const [content, message] of [
      [text.slice(0, 100), /^error: .*broken\.json is not JSON: .+ Give a whole tokenizer\.json/],
      ['', /^error: .*broken\.json is empty/],
    ] as const) {
      writeFileSync(broken, content);
      const { status, stderr } = tinyllm('import', 'padded', '--tokenizer', broken, '--out', 'never');
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/^ +at /m);
      expect(status).toBeGreaterThan(0);
    }
    expect(existsSync(join(folder, 'never'))).toBe(false);
  });
});
