import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createRandom } from '@tinyllm/common';
import { describe, expect, it } from 'vitest';
import { generateStories } from '../stories/stories';
import { builtNode } from '../testing/built';
import { testFolder } from '../testing/folder';
import type { EncoderSpec, PrepareEvent, PrepareOptions } from './prepare';

const built = builtNode();
const folder = testFolder();
const shakespeare = fileURLToPath(new URL('../../../../../shared/data/tinyshakespeare.txt', import.meta.url));
const missing = !existsSync(shakespeare);

/** The bytes of UTF-8, shifted. */
const bytes = folder.write(
  'bytes.mjs',
  `export function createEncoder({ shift }) {
    return { encode: (text) => Uint16Array.from(new TextEncoder().encode(text), (byte) => byte + shift) };
  }`,
);
const encoder: EncoderSpec = {
  module: pathToFileURL(bytes),
  options: { shift: 0 },
  name: 'bytes',
  vocabSize: 258,
  separator: 256,
};
const END = 256;
const utf8 = new TextEncoder();

const documents = [...generateStories({ count: 4000, seed: 1 }), 'Zoë 🦊 '.repeat(40_000).trim()]; // over 2 MB
const stories = folder.write('stories.txt', documents.join('\n<|endoftext|>\n'));
const expected = (part: readonly string[]): number[] => part.flatMap((text) => [...utf8.encode(text), END]);

async function prepare(path: string, out: string, options: Partial<PrepareOptions> = {}) {
  const { openCorpus, prepare } = built.module();
  return prepare(await openCorpus(path), { out: join(folder.path, out), encoder, ...options });
}

const file = (out: string, name: string): Buffer => readFileSync(join(folder.path, out, name));
function ids(out: string, name: string): Uint16Array {
  const bytes = file(out, name);
  return new Uint16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Compares bytes: vitest takes seconds for a million numbers. */
function expectIds(out: string, name: string, expected: ArrayLike<number>): void {
  const { buffer } = Uint16Array.from(expected);
  expect([file(out, name).length, file(out, name).equals(Buffer.from(buffer))]).toEqual([
    buffer.byteLength,
    true,
  ]);
}

describe('prepare', () => {
  it('writes the ids of all documents, end-of-text behind each, the last tenth for validation', async () => {
    const { meta, reused } = await prepare(stories, 'plain');
    expect(reused).toBe(false);
    const kept = 3600; // floor(4001 · 0.9)
    expectIds('plain', 'train.bin', expected(documents.slice(0, kept)));
    expectIds('plain', 'val.bin', expected(documents.slice(kept)));
    expect(meta).toMatchObject({
      tokenizer: { name: 'bytes', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      vocabSize: 258,
      dtype: 'uint16',
      separator: 256,
      train: { tokens: ids('plain', 'train.bin').length, documents: kept },
      validation: { tokens: ids('plain', 'val.bin').length, documents: 401 },
      source: {
        train: [{ path: stories, size: readFileSync(stories).length, modified: expect.any(Number) }],
      },
    });
    expect(JSON.parse(file('plain', 'meta.json').toString())).toEqual(meta);
    expect(readdirSync(join(folder.path, 'plain')).sort()).toEqual(['meta.json', 'train.bin', 'val.bin']);
  });

  it('writes the same bytes whatever the number of threads', async () => {
    for (const threads of [1, 2, 3]) {
      const out = `threads-${threads}`;
      await prepare(stories, out, { threads, blockCharacters: 10_000 });
      for (const name of ['train.bin', 'val.bin'])
        expect(file(out, name).equals(file('plain', name))).toBe(true);
    }
  });

  it('only looks when the same input is there already, and works when anything is another', async () => {
    const before = ids('plain', 'train.bin');
    const events: PrepareEvent[] = [];
    const onProgress = (event: PrepareEvent): void => void events.push(event);
    expect(await prepare(stories, 'plain', { threads: 1, onProgress })).toMatchObject({ reused: true });
    expect(events).toEqual([]);

    const shifted = { ...encoder, options: { shift: 1 }, separator: 257 };
    expect(await prepare(stories, 'plain', { encoder: shifted, onProgress })).toMatchObject({
      reused: false,
    });
    expectIds(
      'plain',
      'train.bin',
      before.map((id) => id + 1),
    );
    expect(events.filter(({ type }) => type === 'count').at(-1)?.read).toBe(readFileSync(stories).length);
    expect(events.at(-1)).toMatchObject({ type: 'encode', documents: 4001, read: events.at(-1)?.size });

    writeFileSync(join(folder.path, 'plain', 'val.bin'), 'cut');
    expect(await prepare(stories, 'plain', { encoder: shifted })).toMatchObject({ reused: false });
    utimesSync(stories, 1, 1);
    expect(await prepare(stories, 'plain', { encoder: shifted })).toMatchObject({ reused: false });
  });

  it('can keep none for validation', async () => {
    await prepare(folder.write('two.txt', 'ab<|endoftext|>c'), 'all', { validationFraction: 0 });
    expect([...ids('all', 'train.bin')]).toEqual([97, 98, END, 99, END]);
    expect(ids('all', 'val.bin')).toHaveLength(0);
  });

  it('writes four bytes an id above 65,536', async () => {
    const wide = { ...encoder, vocabSize: 65_537, separator: 65_536 };
    const { meta } = await prepare(folder.write('two.txt', 'a<|endoftext|>b'), 'wide', {
      encoder: wide,
      validationFraction: 0,
    });
    expect(meta.dtype).toBe('uint32');
    expect(file('wide', 'train.bin').toString('hex')).toBe('61000000000001006200000000000100');
  });

  it('takes the validation text of a corpus that has some', async () => {
    const { meta } = await prepare('stories', 'stories');
    expect(meta).toMatchObject({ train: { documents: 5000 }, validation: { documents: 500 } });
  });

  it.skipIf(missing)('splits a running text as nanoGPT does, and puts nothing behind it', async () => {
    const { meta } = await prepare(shakespeare, 'shakespeare', { threads: 2, blockCharacters: 10_000 });
    const text = readFileSync(shakespeare);
    expect(meta.separator).toBeNull();
    expectIds('shakespeare', 'train.bin', text.subarray(0, 1_003_854));
    expectIds('shakespeare', 'val.bin', text.subarray(1_003_854));
  });

  it('splits a running text between characters', async () => {
    await prepare(folder.write('foxes.txt', `${'🦊'.repeat(9)}b`), 'foxes');
    expect(Buffer.from(ids('foxes', 'train.bin')).toString()).toBe('🦊'.repeat(9));
    expect(Buffer.from(ids('foxes', 'val.bin')).toString()).toBe('b');
  });

  it.each<[string, string, Partial<PrepareOptions>, string]>([
    [
      'an id outside the vocabulary',
      'a\xff',
      { encoder: { ...encoder, vocabSize: 98, separator: 97 } },
      'data/id-outside-vocabulary',
    ],
    [
      'an encoder that is not there',
      'ab',
      { encoder: { ...encoder, module: 'file:///no.mjs' } },
      'ERR_MODULE_NOT_FOUND',
    ],
    [
      'a separator outside the vocabulary',
      'a',
      { encoder: { ...encoder, separator: 258 } },
      'data/bad-option',
    ],
    ['no thread', 'a', { threads: 0 }, 'data/bad-option'],
    ['all for validation', 'a', { validationFraction: 1 }, 'data/bad-validation-fraction'],
    ['one document in two splits', 'a<|endoftext|>', {}, 'data/no-documents'],
    ['no text', '', { validationFraction: 0 }, 'data/no-documents'],
  ])('refuses %s', async (_, text, options, code) => {
    const path = folder.write('refused.txt', text);
    await expect(prepare(path, 'refused', options)).rejects.toMatchObject({ code });
    expect(existsSync(join(folder.path, 'refused', 'meta.json'))).toBe(false);
  });

  it('refuses documents without an id to put behind them', async () => {
    const { separator: _, ...without } = encoder;
    await expect(prepare(stories, 'refused', { encoder: without })).rejects.toMatchObject({
      code: 'data/no-separator',
    });
  });

  it('ends when it is aborted, and goes on when it is called again', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    let events = 0;
    const onProgress = (): void => {
      if (++events === 100) abort.abort(reason);
    };
    const options = { blockCharacters: 10_000, threads: 2 };
    await expect(prepare(stories, 'aborted', { ...options, onProgress, signal: abort.signal })).rejects.toBe(
      reason,
    );
    await prepare(stories, 'aborted', options);
    for (const name of ['train.bin', 'val.bin'])
      expect(file('aborted', name).equals(file('threads-1', name))).toBe(true);
  });
});

/** A process that prepares and writes a line for each event, with what memory it took at last. */
const child = folder.write(
  'child.mjs',
  `const [node, path, out, encoder, options] = process.argv.slice(2);
  const { openCorpus, prepare } = await import(node);
  const result = await prepare(await openCorpus(path), {
    out, encoder: JSON.parse(encoder), ...JSON.parse(options), onProgress: ({ type }) => console.log(type),
  });
  console.log(JSON.stringify({ maxRSS: process.resourceUsage().maxRSS * 1024, ...result }));`,
);

/** Runs the process, killing it at its event number `killAt`. Gives its lines. */
async function run(
  out: string,
  options: object,
  { path = stories, killAt = Number.POSITIVE_INFINITY, flags = [] as readonly string[] } = {},
) {
  const args = [
    ...flags,
    child,
    built.url(),
    path,
    join(folder.path, out),
    JSON.stringify(encoder),
    JSON.stringify(options),
  ];
  const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  for await (const line of createInterface(process_.stdout)) {
    lines.push(line);
    if (lines.length === killAt) process_.kill('SIGKILL');
  }
  return lines;
}

describe('a preparation that is killed', () => {
  const options = { blockCharacters: 10_000, threads: 2 };

  it('goes on and ends with the same bytes, wherever it was killed', async () => {
    const events = (await run('killed-0', options)).length;
    const random = createRandom(4);
    for (const round of [1, 2]) {
      const out = `killed-${round}`;
      let counted = 0;
      for (let kill = 0; kill < 3; kill++) {
        const lines = await run(out, options, { killAt: 1 + random.integer(events - 1) });
        expect(existsSync(join(folder.path, out, 'meta.json'))).toBe(lines.at(-1)?.startsWith('{'));
        if (lines.includes('count')) counted++;
      }
      const last = await run(out, options);
      expect(JSON.parse(last.at(-1) ?? '')).toHaveProperty('meta');
      expect(counted).toBeLessThan(4);
      for (const name of ['train.bin', 'val.bin'])
        expect(file(out, name).equals(file('killed-0', name))).toBe(true);
      expect(readdirSync(join(folder.path, out)).sort()).toEqual(['meta.json', 'train.bin', 'val.bin']);
    }
  });

  it('starts anew when its input has changed since', async () => {
    await run('changed', options, { killAt: 200 });
    utimesSync(stories, 2, 2);
    await run('changed', options);
    expect(file('changed', 'train.bin').equals(file('killed-0', 'train.bin'))).toBe(true);
  });
});

describe('memory', () => {
  /** V8 takes what it may before it collects: with small heaps, what is really kept shows. */
  const smallHeaps = ['--max-old-space-size=64', '--max-semi-space-size=2'];

  it('grows by less than 48 MiB from 7 MB of text to 58 MB', async () => {
    const text = `${documents.slice(0, 4000).join('<|endoftext|>')}<|endoftext|>`;
    const many = (times: number): string => folder.write(`many-${times}.txt`, text.repeat(times));
    const peak = async (times: number): Promise<number> => {
      const lines = await run('many', { threads: 2 }, { path: many(times), flags: smallHeaps });
      rmSync(join(folder.path, `many-${times}.txt`));
      return JSON.parse(lines.at(-1) ?? '').maxRSS;
    };
    const few = await peak(4);
    const much = await peak(32);
    expect(much - few).toBeLessThan(48 * 2 ** 20);
  });
});
