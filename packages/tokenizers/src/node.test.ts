import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as Node from './node';
import { hasShared, readShared } from './testing/texts';
import { type TrainBpeEvent, trainBpe } from './train-bpe';

/** The package as built: Node 20 runs no TypeScript in a worker thread. */
let built: typeof Node;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tinyllm-tokenizers-'));
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const tsup = join(cwd, 'node_modules/tsup/dist/cli-default.js'); // not by npx, which is a script on Windows
  await promisify(execFile)(process.execPath, [tsup, '--no-dts', '--out-dir', folder], { cwd });
  built = await import(/* @vite-ignore */ pathToFileURL(join(folder, 'node.js')).href);
});

afterAll(() => rm(folder, { recursive: true }));

const specialTokens = ['<|endoftext|>'];
/** Over 16 MiB, where threads start. */
const texts = Array.from(
  { length: 30_000 },
  (_, i) => `Story ${i * 7919}: ${'the cat sat. '.repeat(i % 90)}<|endoftext|>`,
);

describe('trainBpe on threads', () => {
  it('learns on 1, 2 or 3 what it learns on none', async () => {
    const options = { vocabSize: 600, specialTokens };
    const expected = (await trainBpe(texts, options)).toJSON();
    for (const threads of [1, 2, 3]) {
      expect((await built.trainBpe(texts, { ...options, threads })).toJSON()).toEqual(expected);
    }
  });

  it.skipIf(!hasShared('data/tinystories'))(
    'learns it on TinyStories too (skipped without ../shared)',
    async () => {
      const files = ['train', 'valid', 'train', 'valid']; // 22 MB, the last of them on threads
      const stories = files.flatMap((name) =>
        readShared(`data/tinystories/${name}.txt`).split('<|endoftext|>'),
      );
      const options = { vocabSize: 10_000, specialTokens };
      const tokenizer = await built.trainBpe(stories, { ...options, threads: 2 });
      expect(tokenizer.toJSON()).toEqual((await trainBpe(stories, options)).toJSON());
    },
  );

  it('tells how far it is', async () => {
    const events: TrainBpeEvent[] = [];
    const bytes = texts.reduce((sum, text) => sum + text.length - '<|endoftext|>'.length, 0);
    await built.trainBpe(texts, { vocabSize: 300, threads: 2, onProgress: (event) => events.push(event) });
    expect(events.findLast(({ type }) => type === 'counting')).toEqual({
      type: 'counting',
      texts: texts.length,
      bytes: bytes + texts.length * '<|endoftext|>'.length,
    });
    expect(events.at(-1)).toEqual({ type: 'merging', merges: 44, of: 44 });
  });

  it('stops when it is aborted', async () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error('enough'));
    const training = built.trainBpe(texts, {
      vocabSize: 600,
      threads: 2,
      onProgress,
      signal: controller.signal,
    });
    await expect(training).rejects.toThrow('enough');
  });

  it('fails when its texts fail', async () => {
    function* broken() {
      yield* texts;
      throw new Error('disk');
    }
    await expect(built.trainBpe(broken(), { vocabSize: 600, threads: 2 })).rejects.toThrow('disk');
  });
});
