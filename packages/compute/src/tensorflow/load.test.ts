import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadTensorFlow } from './load';

/** What Node and tfjs-node say of a native part that does not load. */
const failures = [
  [
    'was not downloaded',
    'The Node.js native addon module (tfjs_binding.node) can not be found at path: /x/lib/napi-v8',
    /never downloaded.*npm rebuild @tensorflow\/tfjs-node-gpu.*build-tfjs-node/,
  ],
  [
    'misses CUDA',
    'libcudart.so.11.0: cannot open shared object file: No such file or directory',
    /libcudart\.so\.11\.0 of CUDA.*LD_LIBRARY_PATH/,
  ],
  [
    'misses TensorFlow',
    'libtensorflow.so.2: cannot open shared object file: No such file or directory',
    /libtensorflow\.so\.2 is missing.*npm rebuild/,
  ],
  [
    'is of another machine',
    '/x/tfjs_binding.node: invalid ELF header',
    /invalid ELF header.*build-tfjs-node/,
  ],
] as const;

describe('loadTensorFlow', () => {
  let folder: string;

  /** A package of that name whose main file is `source`. */
  const install = (name: string, source: string): void => {
    const path = join(folder, 'node_modules', name);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'index.js'), source);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tinyllm-load-'));
    vi.stubEnv('TINYLLM_TFJS_NODE', folder);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  it.each(failures)('says what to do where the package %s', async (_name, message, remedy) => {
    install('@tensorflow/tfjs-node-gpu', `throw new Error(${JSON.stringify(message)});`);
    await expect(loadTensorFlow()).rejects.toMatchObject({
      code: 'compute/no-tensorflow',
      message: expect.stringMatching(remedy),
    });
  });

  it('takes the package for CUDA before that for the CPU', async () => {
    for (const name of ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu']) install(name, '');
    expect(await loadTensorFlow()).toBe('@tensorflow/tfjs-node-gpu');
  });

  it('gives packages for older Nodes what Node 23 took from util', async () => {
    const source = `const util = require('node:util');
      if (!util.isNullOrUndefined(null) || util.isNullOrUndefined(0) || !util.isArray([])) throw new Error('no util');`;
    install('@tensorflow/tfjs-node', source);
    expect(await loadTensorFlow()).toBe('@tensorflow/tfjs-node');
  });

  it('gives packages our own tfjs, whatever lies beside them', async () => {
    install('@tensorflow/tfjs-core', 'throw new Error("another copy");');
    const source = `for (const name of ['tfjs-core', 'tfjs-backend-cpu']) require('@tensorflow/' + name);`;
    install('@tensorflow/tfjs-node', source);
    expect(await loadTensorFlow()).toBe('@tensorflow/tfjs-node');
  });

  it('takes a folder that is named from the current one', async () => {
    vi.stubEnv('TINYLLM_TFJS_NODE', relative(process.cwd(), folder));
    install('@tensorflow/tfjs-node', '');
    expect(await loadTensorFlow()).toBe('@tensorflow/tfjs-node');
  });

  it('names the folder that has neither', async () => {
    await expect(loadTensorFlow()).rejects.toMatchObject({ message: expect.stringContaining(folder) });
  });
});
