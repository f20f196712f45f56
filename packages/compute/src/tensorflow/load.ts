import { TinyllmError } from '@tinyllm/common';
import { importOptional } from '../backends/backend';

/** In this order: CUDA before the CPU. */
const packages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;
export type TensorFlowPackage = (typeof packages)[number];

type Require = ReturnType<typeof import('node:module').createRequire>;
/** A package that is installed, and what loads it. */
interface Found {
  readonly name: TensorFlowPackage;
  readonly require: Require;
}

const HOW_TO_BUILD =
  'npx --package=@tinyllm/compute build-tfjs-node --into FOLDER builds it from source, ' +
  'and TINYLLM_TFJS_NODE=FOLDER names it.';

/**
 * Loads native TensorFlow: `@tensorflow/tfjs-node-gpu` or else `@tensorflow/tfjs-node`, from the folder that
 * TINYLLM_TFJS_NODE names, or as Node finds them from this package and from the current folder. It registers the backend
 * `tensorflow`. Throws `compute/no-tensorflow` where neither is installed or the one that is does not load.
 */
export async function loadTensorFlow(): Promise<TensorFlowPackage> {
  const found = await findPackage();
  await restoreUtil();
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1'; // it tells of the processor's instructions at every start otherwise
  const restore = await shareTfjs();
  try {
    found.require(found.name);
  } catch (cause) {
    throw notLoaded(found.name, cause as Error);
  } finally {
    restore();
  }
  return found.name;
}

/** What Node asks for the file of each module that is required. */
type Resolver = { _resolveFilename(request: string, ...rest: unknown[]): string };

/**
 * Lets a package that is required find our tfjs-core and tfjs-backend-cpu, not others beside it: kernels of one copy take
 * buffers of another for something else, and tensorScatterUpdate then computes wrong results on cpu. The function that
 * comes back ends it.
 */
async function shareTfjs(): Promise<() => void> {
  const { createRequire, Module } = await importOptional<typeof import('node:module')>('node:module');
  const ours = createRequire(import.meta.url);
  const shared = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu'];
  const files = new Map(shared.map((name) => [name, ours.resolve(name)]));
  const resolver = Module as unknown as Resolver;
  const resolve = resolver._resolveFilename;
  resolver._resolveFilename = (request, ...rest) =>
    files.get(request) ?? resolve.call(Module, request, ...rest);
  return () => {
    resolver._resolveFilename = resolve;
  };
}

async function findPackage(): Promise<Found> {
  const { createRequire } = await importOptional<typeof import('node:module')>('node:module');
  const { resolve } = await importOptional<typeof import('node:path')>('node:path');
  const named = process.env.TINYLLM_TFJS_NODE;
  const folder = named && resolve(named);
  const places = folder ? [`${folder}/`] : [import.meta.url, `${process.cwd()}/`];
  for (const name of packages) {
    for (const require of places.map((place) => createRequire(place))) {
      try {
        require.resolve(name);
        return { name, require };
      } catch {
        // not here
      }
    }
  }
  if (folder) {
    throw new TinyllmError(
      'compute/no-tensorflow',
      `TINYLLM_TFJS_NODE names ${folder}, where no ${packages[1]} is installed. Use the folder that ` +
        'build-tfjs-node --into made, or unset the variable.',
    );
  }
  throw new TinyllmError(
    'compute/no-tensorflow',
    `The tensorflow backend needs native TensorFlow: npm install ${packages[1]} (CPU) or ${packages[0]} (CUDA). ` +
      `Where that download is not to be had, ${HOW_TO_BUILD} Without it, use webgpu, wasm or cpu.`,
  );
}

/** tfjs-node 4.22 calls two functions of `node:util` that Node 23 removed. */
async function restoreUtil(): Promise<void> {
  const { default: util } = await importOptional<{ default: Record<string, unknown> }>('node:util');
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}

/** What a package that is installed lacks, from what it says when it is loaded. */
export function notLoaded(name: TensorFlowPackage, cause: Error): TinyllmError {
  const { message } = cause;
  const missing = /(lib[\w.+-]+\.(?:so|dylib)[\w.]*): cannot open shared object/.exec(message)?.[1];
  const remedy = /lib(cu|nv)/.test(missing ?? '')
    ? `it needs ${missing} of CUDA. Install the versions of CUDA and cuDNN that its TensorFlow was built for ` +
      '(11.2 and 8.1 for its own download) and put them on LD_LIBRARY_PATH, or install @tensorflow/tfjs-node for the CPU.'
    : missing?.startsWith('libtensorflow')
      ? `${missing} is missing. Run npm rebuild ${name}, or build it: ${HOW_TO_BUILD}`
      : /native addon module/.test(message)
        ? `its native part was never downloaded. Run npm rebuild ${name}. Where that fails, ${HOW_TO_BUILD}`
        : `it does not load (${message.split('\n', 1)[0]}). Its native part may be of another machine: ${HOW_TO_BUILD}`;
  return new TinyllmError('compute/no-tensorflow', `${name} is installed, but ${remedy}`, { cause });
}
