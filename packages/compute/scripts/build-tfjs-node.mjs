#!/usr/bin/env node
/**
 * Builds the native part of `@tensorflow/tfjs-node` from its published source against the headers and the library of a
 * TensorFlow wheel, for machines where its own download is not to be had: new versions of Node, Arm, no access to its host.
 * It needs Linux or macOS, Python with pip, and a C++ compiler. `--help` tells the rest.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const VERSION = '4.22.0';
/** Headers of Node-API, which not every Node comes with. */
const HEADERS = { name: 'node-api-headers', version: '1.9.0' };
/** tfjs-node's own build asks for this version of Node-API, which Node has since 12.22, so one build serves all. */
const NAPI = 8;
/** That of an x86 Linux leaves CUDA out and is half as large; elsewhere there is one package for all. */
const DEFAULT_WHEEL =
  process.platform === 'linux' && process.arch === 'x64' ? 'tensorflow-cpu==2.18.1' : 'tensorflow==2.18.1';
/** Any Python that the wheel was built for: its library is taken and Python never runs it. */
const WHEEL_PYTHON = '3.11';

const options = {
  into: { type: 'string', default: 'tfjs-node' },
  gpu: { type: 'boolean', default: false },
  wheel: { type: 'string' },
  python: { type: 'string', default: 'python3' },
  compiler: {
    type: 'string',
    default: process.env.CXX ?? (process.platform === 'darwin' ? 'clang++' : 'g++'),
  },
  help: { type: 'boolean', default: false },
};

const usage = `Usage: build-tfjs-node [--into FOLDER] [--gpu] [--wheel NAME==VERSION] [--python PYTHON] [--compiler CXX]

Builds @tensorflow/tfjs-node in FOLDER/node_modules (default ./tfjs-node), where npm puts it first unless it is there.
Then TINYLLM_TFJS_NODE=FOLDER lets tinyllm find it; a FOLDER that is your own project needs no variable.

  --gpu       builds @tensorflow/tfjs-node-gpu, for CUDA, against the wheel "tensorflow==2.18.1"
  --wheel     what to take from PyPI, ${DEFAULT_WHEEL} by default; a path of a .whl file needs no network
  --python    a Python with pip (python3)
  --compiler  a C++17 compiler ($CXX, g++ or clang++)

Example:
  build-tfjs-node --into ~/tfjs-node && TINYLLM_TFJS_NODE=~/tfjs-node npx tinyllm doctor
`;

/** What went wrong, in words for who called. */
class BuildError extends Error {}

const say = (line) => process.stdout.write(`${line}\n`);

/** Runs a command; on failure throws what it said after `purpose` and `remedy`. */
function run(command, args, purpose, remedy, settings = {}) {
  const ended = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...settings });
  if (ended.status === 0) return ended.stdout;
  const said =
    ended.error?.message ?? `${ended.stderr}${ended.stdout}`.trim().split('\n').slice(-15).join('\n');
  throw new BuildError(`${purpose} failed. ${remedy}\n\n  ${command} ${args.join(' ')}\n${said}`);
}

/** Looks for what is needed before anything is downloaded. */
function checkTools({ python, compiler }) {
  if (process.platform === 'win32') {
    throw new BuildError(
      'This script knows Linux and macOS. On Windows use WSL, or npm install @tensorflow/tfjs-node.',
    );
  }
  run(
    python,
    ['-m', 'pip', '--version'],
    `Looking for pip in ${python}`,
    'Install Python 3 with pip (Debian: python3-pip), or name one with --python.',
  );
  run(
    compiler,
    ['--version'],
    `Looking for the compiler ${compiler}`,
    'Install a C++ compiler (Debian: g++; macOS: xcode-select --install), or name one with --compiler.',
  );
}

/** A package's folder below `into`; npm puts it there, without its own download, if it is not. */
function installed(into, name, version) {
  const folder = join(into, 'node_modules', name);
  if (!existsSync(join(folder, 'package.json'))) {
    mkdirSync(into, { recursive: true });
    if (!existsSync(join(into, 'package.json')))
      writeFileSync(join(into, 'package.json'), '{ "private": true }\n');
    say(`Installing ${name} ${version} into ${into}`);
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    run(
      'npm',
      ['install', ...flags, `${name}@${version}`],
      `Installing ${name}`,
      'It needs the npm registry, or a cache that has the package.',
      { cwd: into },
    );
  }
  return folder;
}

/** Takes the headers and libraries out of a wheel into `folder`; says where the libraries lie. */
function unpackWheel(wheel, folder, python) {
  let file = wheel;
  if (!wheel.endsWith('.whl')) {
    say(`Downloading the wheel of ${wheel} (some 200 MB)`);
    const flags = [
      '--no-deps',
      '--only-binary=:all:',
      '--implementation',
      'cp',
      '--python-version',
      WHEEL_PYTHON,
    ];
    run(
      python,
      ['-m', 'pip', 'download', '-q', ...flags, '-d', folder, wheel],
      `Downloading ${wheel}`,
      'It needs PyPI, and a wheel for this platform. --wheel takes another version, or the path of a file.',
    );
    file = join(
      folder,
      readdirSync(folder).find((name) => name.endsWith('.whl')),
    );
  }
  say('Unpacking headers and libraries');
  const program = `import re, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
for name in wheel.namelist():
    if re.match(r"tensorflow/(include/|libtensorflow(_cc|_framework)?\\.)", name):
        wheel.extract(name, sys.argv[2])`;
  run(python, ['-c', program, resolve(file), folder], `Unpacking ${file}`, 'Is it a wheel of TensorFlow?');
  const unpacked = join(folder, 'tensorflow');
  if (!existsSync(join(unpacked, 'include/tensorflow/c/eager/c_api.h'))) {
    throw new BuildError(
      `${file} has no headers of TensorFlow's C interface. Take "tensorflow" or "tensorflow-cpu", 2.9 or later.`,
    );
  }
  return unpacked;
}

/** Moves the libraries to where the addon looks for them; their paths there. */
function placeLibraries(unpacked, lib) {
  const names = readdirSync(unpacked).filter((name) => /^libtensorflow.*\.(so|dylib)/.test(name));
  if (!names.some((name) => name.includes('_cc'))) {
    throw new BuildError(
      `The wheel has no libtensorflow_cc, only ${names.join(', ') || 'nothing'}. Take one of 2.9 or later.`,
    );
  }
  rmSync(lib, { recursive: true, force: true });
  mkdirSync(lib, { recursive: true });
  const libraries = names.map((name) => join(unpacked, name));
  run('mv', [...libraries, lib], 'Moving the libraries', 'Is the disk full? They take 700 MB.');
  return names.map((name) => join(lib, name));
}

function compile({ compiler, folder, headers, libraries }) {
  say('Compiling');
  const addon = join(folder, 'lib', `napi-v${NAPI}`, 'tfjs_binding.node');
  mkdirSync(dirname(addon), { recursive: true });
  const mac = process.platform === 'darwin';
  const origin = mac ? '@loader_path' : '$ORIGIN';
  const args = [
    ...[
      '-std=c++17',
      '-O2',
      '-fPIC',
      '-shared',
      `-DNAPI_VERSION=${NAPI}`,
      '-DNODE_GYP_MODULE_NAME=tfjs_binding',
    ],
    ...headers.flatMap((path) => ['-I', path]),
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(folder, 'binding', file)),
    ...libraries,
    `-Wl,-rpath,${origin}/../../deps/lib`,
    ...(mac ? ['-undefined', 'dynamic_lookup'] : []),
    ...['-o', addon],
  ];
  run(compiler, args, 'Compiling the addon', 'It needs a compiler of C++17 (g++ 9, clang 10 or later).');
  return addon;
}

/** Multiplies two matrices in a new process; throws what it said if the product is wrong or none. */
function tryOut(into, name) {
  const program = `
    const util = require('node:util');
    util.isNullOrUndefined ??= (value) => value == null;
    util.isArray ??= Array.isArray;
    const tf = require(${JSON.stringify(name)});
    const sum = tf.sum(tf.matMul(tf.ones([2, 3]), tf.ones([3, 2]))).dataSync()[0];
    if (sum !== 12) throw new Error('the product of two matrices is wrong: ' + sum);`;
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
  run(
    process.execPath,
    ['-e', program],
    'Trying the addon',
    'It was compiled but does not load or compute:',
    { cwd: into, env },
  );
}

function build(values) {
  const into = resolve(values.into);
  const name = values.gpu ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
  checkTools(values);
  const folder = installed(into, name, VERSION);
  const work = mkdtempSync(join(into, 'build-'));
  try {
    const wheel = values.wheel ?? (values.gpu ? 'tensorflow==2.18.1' : DEFAULT_WHEEL);
    const unpacked = unpackWheel(wheel, work, values.python);
    const libraries = placeLibraries(unpacked, join(folder, 'deps/lib'));
    const nodeApi = installed(work, HEADERS.name, HEADERS.version);
    const headers = [join(nodeApi, 'include'), join(unpacked, 'include')];
    compile({ ...values, folder, headers, libraries });
  } finally {
    rmSync(work, { recursive: true });
  }
  tryOut(into, name);
  say(`${name} works. Let tinyllm find it with\n\n  export TINYLLM_TFJS_NODE=${into}\n`);
}

try {
  const { values } = parseArgs({ options });
  if (values.help) say(usage);
  else build(values);
} catch (error) {
  const expected = error instanceof BuildError || error.code?.startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`${expected ? error.message : error.stack}\n`);
  process.exitCode = expected && !(error instanceof BuildError) ? 2 : 1;
}
