import { readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { generateStories } from '../stories/stories';
import { builtNode } from '../testing/built';
import { testFolder } from '../testing/folder';
import type { EncoderSpec, PrepareOptions } from './prepare';

const built = builtNode();
const folder = testFolder();

/** The bytes of UTF-8. */
const bytes = folder.write(
  'bytes.mjs',
  'export const createEncoder = () => ({ encode: (text) => new TextEncoder().encode(text) });',
);
const encoder: EncoderSpec = {
  module: pathToFileURL(bytes),
  options: {},
  name: 'bytes',
  vocabSize: 258,
  separator: 256,
};
const stories = [...generateStories({ count: 900, seed: 1 })];
const corpora = {
  documents: folder.write('stories.jsonl', stories.map((text) => JSON.stringify({ text })).join('\n')),
  running: folder.write('running.txt', stories.join('\n')),
};

/** Blocks of 10,000 characters: some 30 of them, so that no part begins where a split or a document does. */
async function prepare(path: string, out: string, options: Partial<PrepareOptions> = {}) {
  const { openCorpus, prepare } = built.module();
  const where = { out: join(folder.path, out), encoder, threads: 2, blockCharacters: 10_000 };
  return prepare(await openCorpus(path), { ...where, ...options });
}

const merge = (parts: readonly string[], out: string) =>
  built.module().mergePrepared(
    parts.map((part) => join(folder.path, part)),
    join(folder.path, out),
  );

describe.each(Object.entries(corpora))('parts of %s', (name, path) => {
  it.each([1, 3, 7])(
    '%i of them are, put together in any order, byte for byte one preparation',
    async (of) => {
      const one = await prepare(path, `${name}-one`);
      const parts = Array.from({ length: of }, (_, i) => `${name}-${of}-${i + 1}`);
      for (const [i, part] of parts.entries()) {
        const { meta } = await prepare(path, part, { part: { number: i + 1, of } });
        expect(meta.part).toMatchObject({ number: i + 1, of, key: one.meta.key });
      }
      const merged = `${name}-${of}`;
      expect(await merge([...parts].reverse(), merged)).toEqual({ meta: one.meta, reused: false });
      const names = readdirSync(join(folder.path, merged));
      expect(names.sort()).toEqual(['meta.json', 'train.bin', 'val.bin']);
      for (const file of names) {
        const [a, b] = [merged, `${name}-one`].map((out) => readFileSync(join(folder.path, out, file)));
        expect((a as Buffer).equals(b as Buffer)).toBe(true);
      }
      expect((await prepare(path, merged)).reused).toBe(true);
      expect((await merge(parts, merged)).reused).toBe(true);
    },
  );
});

it('parts of one text are put together wherever its files lay, and whenever they were written', async () => {
  const elsewhere = folder.write('elsewhere/tales.jsonl', readFileSync(corpora.documents));
  utimesSync(elsewhere, 0, 0);
  const one = await prepare(corpora.documents, 'here-one');
  await prepare(corpora.documents, 'here-1', { part: { number: 1, of: 2 } });
  await prepare(elsewhere, 'there-2', { part: { number: 2, of: 2 } });
  expect(await merge(['there-2', 'here-1'], 'both')).toEqual({ meta: one.meta, reused: false });
  const [a, b] = ['both', 'here-one'].map((out) => readFileSync(join(folder.path, out, 'train.bin')));
  expect((a as Buffer).equals(b as Buffer)).toBe(true);
});

describe('what is not all parts of one corpus', () => {
  beforeAll(async () => {
    const letter = readFileSync(corpora.documents, 'utf8').replace('a', 'X');
    const part = { number: 2, of: 3 };
    await prepare(folder.write('letter.jsonl', letter), 'letter-3-2', { part });
    await prepare(corpora.documents, 'blocks-3-2', { part, blockCharacters: 20_000 });
    await prepare(corpora.documents, 'tokenizer-3-2', { part, encoder: { ...encoder, options: [1] } });
  });

  it.each<[string, readonly string[], RegExp]>([
    ['one is missing', ['documents-3-1', 'documents-3-3'], /part 2 of 3 is missing/],
    ['one is there twice', ['documents-3-1', 'documents-3-1'], /part 1 of 3 is there 2 times/],
    ['they are of two corpora', ['documents-3-1', 'running-3-2'], /are not of one preparation/],
    ['their texts differ by a letter', ['documents-3-1', 'letter-3-2'], /are not of one preparation/],
    ['their blocks differ', ['documents-3-1', 'blocks-3-2'], /are not of one preparation/],
    ['their tokenizers differ', ['documents-3-1', 'tokenizer-3-2'], /are not of one preparation/],
    ['one is a whole corpus', ['documents-one'], /documents-one is a whole corpus/],
    ['one is no preparation', ['nowhere'], /nowhere is not prepared/],
    ['there are none', [], /no folder was given/],
  ])('%s', async (_, parts, message) => {
    const before = readdirSync(folder.path);
    await expect(merge(parts, 'merged')).rejects.toThrowError(
      expect.objectContaining({ code: 'data/not-parts', message: expect.stringMatching(message) }),
    );
    expect(readdirSync(folder.path)).toEqual(before);
  });

  it('is refused as a part that there is not', async () => {
    for (const part of [
      { number: 3, of: 2 },
      { number: 0, of: 2 },
      { number: 1, of: 0.5 },
    ])
      await expect(prepare(corpora.documents, 'bad', { part })).rejects.toThrowError(
        expect.objectContaining({ code: 'data/bad-option' }),
      );
  });
});
