import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { damaged, readOrRefuse } from '@tinyllm/common/testing';
import { afterAll, expect, it } from 'vitest';
import { jsonlPieces } from './jsonl-file';

const folder = mkdtempSync(join(tmpdir(), 'tinyllm-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('JSONL of anyone is read or refused, and gives no more text than it has', async () => {
  const rows = Array.from({ length: 40 }, (_, id) => ({ id, text: `Story ${id} of Zoë 🦊.` }));
  const whole = new TextEncoder().encode(rows.map((row) => JSON.stringify(row)).join('\n'));
  const path = join(folder, 'corpus.jsonl');
  const { read, refused } = await readOrRefuse(damaged(whole), /^data\//, async (file) => {
    writeFileSync(path, file);
    let characters = 0;
    for await (const { text } of jsonlPieces(path)) characters += text.length;
    expect(characters).toBeLessThanOrEqual(file.length);
  });
  expect(read).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);
});
