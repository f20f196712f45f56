import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom } from '@tinyllm/common';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { builtInStories } from '../stories/stories';
import { pinned, serve, status } from '../testing/file-server';
import { testFolder } from '../testing/folder';
import { corpora, corpusNames } from './corpora';
import { openCorpus } from './open-corpus';
import { PIECE } from './pieces';
import type { TextSource } from './sources';

const folder = testFolder();
const shared = fileURLToPath(new URL('../../../../../shared/data/', import.meta.url));
const missing = !existsSync(shared);

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []; // Array.fromAsync is not in Node 20
  for await (const item of items) collected.push(item);
  return collected;
}

const documentsOf = (source: TextSource): Promise<string[]> => collect(source.documents());
const train = async (path: string): Promise<string[]> => documentsOf((await openCorpus(path)).train);

/** Words with letters of 1 to 4 bytes, `length` characters of them. */
function text(length: number, seed: number): string {
  const random = createRandom(seed);
  const words = ['Zoë', 'saw', 'a', '🦊.', '\n', '"Да!"', 'once'];
  const parts: string[] = [];
  for (let at = 0; at < length; at += 4) parts.push(words[random.integer(words.length)] ?? '');
  return `a${parts.join(' ')}z`;
}

describe('a text file', () => {
  it('is split at end-of-text, white space around it dropped, whatever the lengths', async () => {
    const documents = [10, 3_000_000, 1, PIECE - 2, 50, PIECE, 2_500_000, 7].map(text);
    const path = folder.write(
      'documents.txt',
      documents.map((each) => `${each}\n<|endoftext|>\n\n`).join(''),
    );
    const corpus = await openCorpus(path);
    expect(corpus.running).toBe(false);
    const read = await documentsOf(corpus.train);
    expect(read.map(({ length }) => length)).toEqual(documents.map(({ length }) => length));
    expect(read.every((document, i) => document === documents[i])).toBe(true);
  });

  it('comes in pieces that end between a word and the space behind it', async () => {
    const path = folder.write('long.txt', text(3_000_000, 5));
    const pieces = await collect((await openCorpus(path)).train.pieces());
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.map(({ ends }) => ends)).toEqual([...pieces.slice(1).map(() => false), true]);
    for (const piece of pieces.slice(0, -1)) {
      expect(piece.text.length).toBeLessThanOrEqual(PIECE);
      expect(piece.text).toMatch(/[\p{L}\p{N}]$/u);
    }
    for (const piece of pieces.slice(1)) expect(piece.text).toMatch(/^\s/);
    expect(pieces.map((piece) => piece.text).join('') === readFileSync(path, 'utf8')).toBe(true);
    expect(pieces.at(-1)?.read).toBe(readFileSync(path).length);
  });

  it('is never cut in half a character, if it is one word', async () => {
    const path = folder.write('fox.txt', `a${'🦊'.repeat(PIECE)}`);
    for await (const { text } of (await openCorpus(path)).train.pieces())
      expect(text.isWellFormed()).toBe(true);
  });

  it('is one running text without end-of-text, and kept as it is', async () => {
    const path = folder.write('running.txt', '\n To be. \n');
    expect(await openCorpus(path)).toMatchObject({ running: true });
    expect(await train(path)).toEqual(['\n To be. \n']);
  });

  it('has no empty documents', async () => {
    expect(await train(folder.write('empty.txt', '<|endoftext|>\n<|endoftext|>a<|endoftext|> '))).toEqual([
      'a',
    ]);
  });

  it('is refused when it is not UTF-8, with where', async () => {
    const path = folder.write('latin1.txt', Uint8Array.from([0x61, 0xeb, 0x20]));
    await expect(train(path)).rejects.toMatchObject({ code: 'data/not-utf8' });
  });

  it.skipIf(missing)(`of TinyStories has its stories${missing ? ` (no ${shared})` : ''}`, async () => {
    expect(await train(join(shared, 'tinystories', 'train.txt'))).toHaveLength(7032);
    expect(await train(join(shared, 'tinystories', 'valid.txt'))).toHaveLength(6456);
  });
});

describe('a JSONL file', () => {
  it('has a document in the text field of each line', async () => {
    const path = folder.write('a.jsonl', '{"text":"one\\n","id":1}\r\n\n{"text":""}\n{"text":"two"}');
    expect(await train(path)).toEqual(['one\n', 'two']);
  });

  it.each([
    ['{"text":"a"}\n{"text":', 'data/bad-jsonl', /Line 2 of .*bad.jsonl is not JSON/],
    ['{"story":"a","id":1}', 'data/no-text-field', /Line 1 of .* has the fields story, id/],
    ['"a"', 'data/no-text-field', /has a string/],
  ])('%j is refused', async (content, code, message) => {
    await expect(train(folder.write('bad.jsonl', content))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe('a Parquet file', () => {
  const rows = Array.from({ length: 2500 }, (_, i) => `Story ${i} of Zoë 🦊.`);
  const write = (name: string, column: string): string =>
    folder.write(
      name,
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            { name: 'id', data: rows.map((_, i) => i), type: 'INT32' },
            { name: column, data: rows, type: 'STRING' },
          ],
          rowGroupSize: 1000,
        }),
      ),
    );

  it('has a document in the text column of each row', async () => {
    expect(await train(write('a.parquet', 'text'))).toEqual(rows);
  });

  it('is refused without that column, or broken', async () => {
    await expect(train(write('story.parquet', 'story'))).rejects.toMatchObject({
      code: 'data/no-text-field',
      message: expect.stringContaining('id, story'),
    });
    await expect(train(folder.write('broken.parquet', 'PAR1 not'))).rejects.toMatchObject({
      code: 'data/bad-parquet',
    });
  });
});

describe('a folder or a glob', () => {
  it('has the documents of its files in the order of their paths', async () => {
    folder.write('many/b.txt', 'from b');
    folder.write('many/a/z.jsonl', '{"text":"from z"}');
    folder.write('many/a/y.md', 'y1<|endoftext|>y2');
    folder.write('many/picture.png', 'no text');
    const path = join(folder.path, 'many');
    expect(await train(path)).toEqual(['y1', 'y2', 'from z', 'from b']);
    expect((await openCorpus(path)).running).toBe(false);
    expect(await train(join(path, '**/*.{txt,md}'))).toEqual(['y1', 'y2', 'from b']);
    expect(await train(join(relative(process.cwd(), path), '*.txt'))).toEqual(['from b']);
  });

  it('is refused without a file', async () => {
    await expect(openCorpus(join(folder.path, '*.csv'))).rejects.toMatchObject({ code: 'data/no-files' });
    await expect(openCorpus(join(folder.path, 'nowhere'))).rejects.toMatchObject({
      code: 'data/file-not-found',
      message: expect.stringContaining('stories, shakespeare, tinystories, tinystories-v1'),
    });
  });
});

describe('a corpus with a name', () => {
  it('is the built-in one, with its own validation stories', async () => {
    const corpus = await openCorpus('stories');
    const { train, validation } = builtInStories();
    const joined = async (source?: TextSource): Promise<string> =>
      (source === undefined ? [] : await documentsOf(source))
        .map((story) => `${story}<|endoftext|>`)
        .join('');
    expect((await joined(corpus.train)) === train).toBe(true);
    expect((await joined(corpus.validation)) === validation).toBe(true);
  });

  it('has every file pinned: a URL with a commit, a size, a SHA-256', () => {
    expect(corpusNames).toEqual(['stories', 'shakespeare', 'tinystories', 'tinystories-v1']);
    for (const file of corpora.flatMap(({ train, validation }) => [
      train,
      ...(validation ? [validation] : []),
    ])) {
      expect(file.url).toMatch(/^https:\/\/[^?]+\/[0-9a-f]{40}\//);
      expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  it.skipIf(missing)('is taken from the cache when it was put there by hand', async () => {
    folder.write('cache/shakespeare/input.txt', readFileSync(join(shared, 'tinyshakespeare.txt')));
    const corpus = await openCorpus('shakespeare', { cache: join(folder.path, 'cache') });
    expect(corpus.running).toBe(true);
    const [text] = await documentsOf(corpus.train);
    expect(text).toHaveLength(1_115_394);
  });

  it('is downloaded once, and its validation file too', async () => {
    const [trainBytes, validationBytes] = ['a<|endoftext|>b', 'c'].map((each) => Buffer.from(each)) as [
      Buffer,
      Buffer,
    ];
    const server = await serve(({ url }, response) =>
      response.end(url === '/train.txt' ? trainBytes : validationBytes),
    );
    const definition = {
      name: 'mine',
      title: 'Mine',
      running: false,
      train: pinned(`${server.url}train.txt`, trainBytes),
      validation: pinned(`${server.url}valid.txt`, validationBytes),
    };
    const options = { cache: join(folder.path, 'cache') };
    for (let time = 0; time < 2; time++) {
      const corpus = await openCorpus(definition, options);
      expect(await documentsOf(corpus.train)).toEqual(['a', 'b']);
      expect(corpus.train.files).toEqual([
        { path: join(folder.path, 'cache', 'mine', 'train.txt'), size: 15, sha256: definition.train.sha256 },
      ]);
    }
    expect(server.requests).toEqual(['GET /valid.txt', 'GET /train.txt']);
    await server.close();
  });

  it('gives the built-in stories when it cannot be had, if that was asked for, and says why', async () => {
    const server = await serve(status(404));
    const definition = {
      name: 'gone',
      title: 'Gone',
      running: false,
      train: pinned(`${server.url}train.txt`, Buffer.from('a')),
    };
    const cache = join(folder.path, 'cache');
    await expect(openCorpus(definition, { cache })).rejects.toMatchObject({ code: 'data/download-refused' });
    expect(await openCorpus(definition, { cache, fallback: 'stories' })).toMatchObject({
      name: 'stories',
      fellBack: { code: 'data/download-refused', message: expect.stringContaining('put it here: ') },
    });
    await server.close();
  });
});
