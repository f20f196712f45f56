import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { BPETokenizer } from './bpe-tokenizer';
import { CharTokenizer } from './char-tokenizer';
import { fromHuggingFace } from './from-hugging-face';
import { gpt2 } from './gpt2';
import { Llama2cTokenizer } from './llama2c';
import { patternSources } from './pretokenize';
import { anyText, hasShared, readShared, readSharedBytes, sharedPath } from './testing/texts';
import { huggingFaceConfig, toHuggingFace } from './to-hugging-face';
import type { Tokenizer } from './tokenizer';
import { trainBpe } from './train-bpe';

const python = process.env.TINYLLM_PEERS_PYTHON;
const script = fileURLToPath(new URL('../peers/peers.py', import.meta.url));

type Versions = Readonly<Record<'tiktoken' | 'tokenizers' | 'transformers', string | null>>;
type Encoded = { ids: number[][]; texts: string[] };
type Digest = { count: number; sha256: string };

/** What the peers answer to requests, in order; see peers.py. */
function ask(...requests: object[]): unknown[] {
  const input = requests.map((request) => JSON.stringify(request)).join('\n');
  const options: ExecFileSyncOptionsWithStringEncoding = {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['pipe', 'pipe', 'inherit'],
  };
  const lines = execFileSync(python ?? 'python3', [script], options)
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line));
}

const versions = (python === undefined ? {} : ask({ do: 'versions' })[0]) as Partial<Versions>;
const withPeers = versions.tiktoken && versions.tokenizers;
const howTo = 'skipped unless TINYLLM_PEERS_PYTHON is a Python with tiktoken and tokenizers';
const folder = mkdtempSync(join(tmpdir(), 'tinyllm-peers-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder as a checkpoint is one for `AutoTokenizer`: a model, say GPT-2, with our tokenizer. */
function save(tokenizer: Tokenizer, family = 'gpt2'): string {
  const at = mkdtempSync(join(folder, 'saved-'));
  writeFileSync(join(at, 'tokenizer.json'), JSON.stringify(toHuggingFace(tokenizer)));
  writeFileSync(join(at, 'tokenizer_config.json'), JSON.stringify(huggingFaceConfig(tokenizer)));
  writeFileSync(join(at, 'config.json'), JSON.stringify({ model_type: family }));
  return at;
}

function digest(ids: Int32Array): Digest {
  return { count: ids.length, sha256: createHash('sha256').update(ids).digest('hex') };
}

/** Unassigned code points are left out: what they are depends on the Unicode version of the engine. */
const hardTexts = fc
  .sample(anyText, { numRuns: 20_000, seed: 1 })
  .map((text) => text.toWellFormed().replace(/\p{Cn}/gu, ''));

describe.skipIf(!withPeers)(`tiktoken and tokenizers (${howTo})`, () => {
  describe.skipIf(!hasShared('data'))(
    'on Tiny Shakespeare and TinyStories (skipped without ../shared)',
    () => {
      const tokenizer = gpt2();
      const files = ['data/tinyshakespeare.txt', 'data/tinystories/train.txt', 'data/tinystories/valid.txt'];

      it.each(files)('give gpt2()’s ids of %s', (path) => {
        const file = sharedPath(path);
        const vocab = sharedPath('fixtures/gpt2-bpe/vocab.json');
        const merges = sharedPath('fixtures/gpt2-bpe/merges.txt');
        const saved = join(save(tokenizer), 'tokenizer.json');
        const answers = ask(
          { do: 'encode-file', peer: 'tokenizers', vocab, merges, file },
          { do: 'encode-file', peer: 'tiktoken', tokenizer: saved, pattern: patternSources.gpt2, file },
        );
        const ours = digest(tokenizer.encode(readShared(path)));
        expect(answers).toEqual([expect.objectContaining(ours), expect.objectContaining(ours)]);
      });

      it('train a tokenizer whose file is read here, with the same ids', () => {
        const save = join(folder, 'trained-by-tokenizers.json');
        const file = sharedPath('data/tinystories/valid.txt');
        const [, theirs] = ask(
          { do: 'train', file, vocabSize: 2000, save },
          { do: 'encode-file', peer: 'tokenizers', tokenizer: save, file },
        );
        const text = readShared('data/tinystories/valid.txt');
        const read = fromHuggingFace(JSON.parse(readFileSync(save, 'utf8')));
        expect(theirs).toEqual(expect.objectContaining(digest(read.encode(text))));
      });
    },
  );

  const corpus = [...hardTexts.slice(0, 2000), 'Once upon a time, there was a little girl. '.repeat(20)];
  const train = (pattern: BPETokenizer['pattern']) =>
    trainBpe(corpus, { vocabSize: 800, pattern, specialTokens: ['<|endoftext|>'] });
  const known = [...new Set(hardTexts.join(''))].sort().join('');
  const tokenizers: [string, () => Promise<Tokenizer>][] = [
    ['gpt2()', async () => gpt2()],
    ['BPE with the pattern gpt2', () => train('gpt2')],
    ['BPE with the pattern cl100k', () => train('cl100k')],
    ['BPE with no pattern', () => train('none')],
    ['characters', async () => CharTokenizer.fromText(known, { specialTokens: ['<|endoftext|>'] })],
  ];

  it.each(tokenizers)('tokenizers loads %s, with the same ids of 20,000 hard texts', async (_, create) => {
    const tokenizer = await create();
    const [theirs] = ask({
      do: 'encode',
      peer: 'tokenizers',
      tokenizer: join(save(tokenizer), 'tokenizer.json'),
      texts: hardTexts,
    }) as [Encoded];
    expect(theirs.ids).toEqual(hardTexts.map((text) => [...tokenizer.encode(text)]));
    expect(theirs.texts).toEqual(hardTexts);
  });

  const llama2c = 'fixtures/llama2c-stories260K/tok512.bin';
  describe.skipIf(!hasShared(llama2c) || !hasShared('data') || !versions.transformers)(
    'AutoTokenizer (skipped without ../shared or transformers)',
    () => {
      it('loads the tokenizer of stories260K, with the same ids of hard texts and of stories', () => {
        const tokenizer = Llama2cTokenizer.fromBinary(readSharedBytes(llama2c));
        const stories = readShared('data/tinystories/valid.txt').split('<|endoftext|>').slice(0, 200);
        const texts = [...hardTexts, ...stories, '<s>Once upon a time', 'a <0x41> and </s> and<unk>'];
        const [theirs] = ask({
          do: 'encode',
          peer: 'transformers',
          folder: save(tokenizer, 'llama'),
          texts,
        }) as [Encoded];
        expect(theirs.ids).toEqual(texts.map((text) => [...tokenizer.encode(text)]));
        expect(theirs.texts.slice(0, -2)).toEqual(texts.slice(0, -2));
      });
    },
  );

  it.each(tokenizers.slice(0, 3))('tiktoken gives the ids of %s', async (_, create) => {
    const tokenizer = (await create()) as BPETokenizer;
    const pattern = tokenizer.pattern === 'none' ? '' : patternSources[tokenizer.pattern];
    const saved = join(save(tokenizer), 'tokenizer.json');
    const [theirs] = ask({ do: 'encode', peer: 'tiktoken', tokenizer: saved, pattern, texts: hardTexts }) as [
      Encoded,
    ];
    expect(theirs.ids).toEqual(hardTexts.map((text) => [...tokenizer.encode(text)]));
  });

  describe.skipIf(!versions.transformers)('AutoTokenizer (skipped without transformers)', () => {
    it.each(tokenizers)('loads %s, with the same ids', async (_, create) => {
      const tokenizer = await create();
      const texts = hardTexts.slice(0, 3000);
      const [theirs] = ask({ do: 'encode', peer: 'transformers', folder: save(tokenizer), texts }) as [
        Encoded,
      ];
      expect(theirs.ids).toEqual(texts.map((text) => [...tokenizer.encode(text)]));
      expect(theirs.texts).toEqual(texts);
    });
  });
});
