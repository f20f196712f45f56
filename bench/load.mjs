/**
 * Opening a checkpoint of about 500 MB: how fast beside `dd` reading the same file, each with the file dropped from the
 * page cache first, taking turns; and how much memory the process takes beyond the file's size.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';

export const packages = ['@tinyllm/model'];

const shape = { vocabSize: 50_257, blockSize: 1024, nLayer: 12, nHead: 12, nEmbd: 768 }; // GPT-2: 498 MB

/** Writes a model folder with parameters of no meaning, one at a time. */
async function writeModel(folder) {
  const { gptConfig, parameterShapes } = await import('../packages/model/dist/index.js');
  const config = gptConfig(shape);
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ architecture: 'gpt', ...config }));
  const shapes = parameterShapes({ architecture: 'gpt', config });
  const header = {};
  let end = 0;
  for (const [name, sides] of shapes) {
    const bytes = 4 * sides.reduce((product, side) => product * side, 1);
    header[name] = { dtype: 'F32', shape: sides, data_offsets: [end, end + bytes] };
    end += bytes;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const path = join(folder, 'model.safetensors');
  const file = createWriteStream(path);
  for (const part of [length, json]) file.write(part);
  const megabyte = Buffer.from(Float32Array.from({ length: 2 ** 18 }, (_, i) => Math.sin(i)).buffer);
  for (let at = 0; at < end; at += megabyte.length)
    file.write(megabyte.subarray(0, Math.min(megabyte.length, end - at)));
  file.end();
  await finished(file);
  execFileSync('sync', [path]);
  return path;
}

const loader = `
  const { useBackend } = await import('./packages/compute/dist/index.js');
  const { openModelFolder } = await import('./packages/model/dist/node.js');
  await useBackend('wasm');
  const start = performance.now();
  openModelFolder(process.argv[1]).load();
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds, megabytes: process.resourceUsage().maxRSS / 1024 }));
  process.exit();
`;

export async function bench({ runs }) {
  const folder = mkdtempSync(join(tmpdir(), 'tinyllm-load-'));
  try {
    const path = await writeModel(folder);
    const fileMB = statSync(path).size / 2 ** 20;
    const forget = () => spawnSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none']);
    const speeds = { disk: [], load: [] };
    let peakMB = 0;
    for (let run = 0; run < runs; run++) {
      forget();
      const start = performance.now();
      execFileSync('dd', [`if=${path}`, 'of=/dev/null', 'bs=1M', 'status=none']);
      speeds.disk.push(fileMB / ((performance.now() - start) / 1000));
      forget();
      const args = ['--input-type=module', '-e', loader, folder];
      const { seconds, megabytes } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
      speeds.load.push(fileMB / seconds);
      peakMB = Math.max(peakMB, megabytes);
    }
    const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
    const [loadMBps, diskMBps] = [median(speeds.load), median(speeds.disk)];
    const beyondFileMB = peakMB - fileMB;
    return [
      { bench: 'load', fileMB, loadMBps, diskMBps, ratioToDisk: loadMBps / diskMBps, peakMB, beyondFileMB },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
