/**
 * Compiles the kernels in this folder to WebAssembly, twice: with 128-bit SIMD, which every engine has, and with
 * relaxed SIMD, whose fused multiply-add newer ones have. Writes both, deflated and in base64, as a module of src/wasm,
 * so that no bundler needs to know about `.wasm` files. `pnpm build`, `pnpm typecheck` and the tests run it first.
 */
import { readdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import asc from 'assemblyscript/asc';

const folder = dirname(fileURLToPath(import.meta.url));
const output = join(folder, '../src/wasm/kernels.generated.ts');

/**
 * No heap of its own: memory belongs to the backend, and each thread has an instance over it. Constants lie in the upper
 * half of the page below the heap; each instance writes them there, the same.
 */
const options = [
  '--baseDir',
  folder,
  '--runtime',
  'stub',
  '--importMemory',
  '--sharedMemory',
  '--memoryBase',
  '32768',
  '--use',
  'abort=',
  '--noAssert',
];
/** Most that 32 bits address, 4 GiB; the backend's memory may have a lower limit. */
const memoryLimits = ['--initialMemory', '1', '--maximumMemory', '65536'];
/** 201: addresses are 32 bits, so sizes mix with them freely. 112: the functions on vectors are not exports. */
const quiet = ['--disableWarning', '201', '--disableWarning', '112'];

/** The module's bytes. Throws with the compiler's messages. */
async function compile(features) {
  let binary;
  const { error, stderr } = await asc.main(
    [
      'index.ts',
      '--outFile',
      'kernels.wasm',
      '-O3',
      '--enable',
      features,
      ...options,
      ...memoryLimits,
      ...quiet,
    ],
    {
      writeFile(_name, contents) {
        binary = contents;
      },
    },
  );
  if (error) throw new Error(`The kernels do not compile: ${error.message}\n${stderr.toString()}`);
  return binary;
}

/** Whether the output is newer than every source. */
function isUpToDate() {
  const written = statSync(output, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return readdirSync(folder).every((name) => statSync(join(folder, name)).mtimeMs < written);
}

/** Compiles, unless nothing has changed. vitest calls it as its global setup. */
export async function setup() {
  if (isUpToDate()) return;
  const simd = await compile('simd,threads');
  const relaxed = await compile('simd,threads,relaxed-simd');
  // Together, for they differ by few instructions: the second adds little to the first, while both fit into deflate's
  // window of 32 KiB.
  const deflated = deflateRawSync(Buffer.concat([simd, relaxed]), { level: 9 }).toString('base64');
  writeFileSync(
    output,
    `/** Written by wasm/build.mjs. */\nexport const simdBytes: number = ${simd.length};\nexport const deflated: string = '${deflated}';\n`,
  );
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await setup(); // called by a link, say macOS's /tmp
