/** Parquet files as Apache Arrow writes them. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parquetPieces } from './node/parquet-file';
import { generateStories } from './stories/stories';
import { testFolder } from './testing/folder';

const python = process.env.TINYLLM_PEERS_PYTHON;
const script = fileURLToPath(new URL('../peers/peers.py', import.meta.url));
const folder = testFolder();

describe.skipIf(python === undefined)('Apache Arrow', () => {
  it('writes no Parquet whose texts are not read as they were, however it writes', async () => {
    const stories = [...generateStories({ count: 900, seed: 1, stream: 0 })];
    const texts = [...stories, ...stories.slice(0, 300), 'Zoë 🦊 '.repeat(20_000)];
    const codecs = ['none', 'snappy', 'gzip', 'brotli', ...('zstdDecompressSync' in zlib ? ['zstd'] : [])];
    const input = JSON.stringify({ folder: folder.path, texts, codecs });
    const names: string[] = JSON.parse(
      execFileSync(python ?? 'python3', [script], { input, encoding: 'utf8' }),
    );
    expect(names).toHaveLength(codecs.length * 2 * 4);
    for (const name of names) {
      const read: string[] = [];
      for await (const { text } of parquetPieces(join(folder.path, name))) read.push(text);
      expect(read, name).toEqual(texts);
    }
  });
});
