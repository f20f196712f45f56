import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Recipe, recipes } from '@tinyllm/train';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadCorpus } from './corpus';

const folder = mkdtempSync(join(tmpdir(), 'tinyllm-corpus-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A recipe on the characters of a corpus that is not in the cache, and cannot be downloaded. */
function recipe(corpus: Recipe['corpus']): Recipe {
  const [first] = recipes;
  if (first === undefined) throw new Error('There is no recipe.');
  return { ...first, name: 'test', corpus, tokenizer: { type: 'characters' } };
}

let errors = '';
beforeEach(() => {
  errors = '';
  vi.stubEnv('TINYLLM_OFFLINE', '1');
  vi.stubEnv('TINYLLM_CACHE', join(folder, 'cache'));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    errors += text;
    return true;
  });
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('loadCorpus', () => {
  it('fails when the corpus of a recipe cannot be had', async () => {
    await expect(loadCorpus(recipe({ type: 'named', name: 'tinystories' }), undefined)).rejects.toMatchObject(
      {
        code: 'data/offline',
      },
    );
  });

  it('falls back to the built-in stories where the recipe says so, and says so loudly', async () => {
    const falling = recipe({ type: 'named', name: 'tinystories', fallback: 'stories' });
    const { description, train, validation } = await loadCorpus(falling, undefined);
    expect(description).toBe('stories');
    expect(train.length).toBeGreaterThan(2_000_000);
    expect(validation.length).toBeGreaterThan(200_000);
    expect(errors).toMatch(/warning: TINYLLM_OFFLINE is set[\s\S]+TRAINS ON THE BUILT-IN STORIES/);
  });

  it('does not fall back from a corpus that the user named', async () => {
    const falling = recipe({ type: 'named', name: 'tinystories', fallback: 'stories' });
    await expect(loadCorpus(falling, 'tinystories')).rejects.toMatchObject({ code: 'data/offline' });
  });

  it('splits documents between documents, with end-of-text behind each, and a running text between characters', async () => {
    const documents = join(folder, 'documents.txt');
    writeFileSync(documents, 'one\n<|endoftext|>\ntwo\n<|endoftext|>\n');
    const split = await loadCorpus(recipe({ type: 'stories', count: 1 }), documents);
    expect(split.tokenizer.decode(split.train.slice(0, split.train.length))).toBe('one<|endoftext|>');
    expect(split.tokenizer.decode(split.validation.slice(0, split.validation.length))).toBe(
      'two<|endoftext|>',
    );
    const running = join(folder, 'running.txt');
    writeFileSync(running, '0123456789');
    const { train, tokenizer } = await loadCorpus(recipe({ type: 'stories', count: 1 }), running);
    expect([tokenizer.decode(train.slice(0, train.length)), tokenizer.vocabSize]).toEqual(['012345678', 10]);
  });

  it('wants much text to be prepared first', async () => {
    const large = join(folder, 'large.txt');
    writeFileSync(large, '');
    truncateSync(large, 65e6);
    await expect(loadCorpus(recipe({ type: 'stories', count: 1 }), large)).rejects.toMatchObject({
      code: 'cli/prepare-first',
      message: expect.stringContaining('tinyllm prepare '),
    });
  });
});
