/**
 * `pnpm test:consumers`: packs the packages, installs the tarballs in a folder outside the workspace as strangers do, and
 * has ten steps trained and a text sampled in Node (by `import` and from CommonJS), Bun and Deno, and in pages that Vite,
 * webpack and Next built, in Chromium; TypeScript reads the types as `bundler` and as `nodenext`. Peers are tried in the
 * oldest and the newest release of their range. Build first.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { open } from './consumers/page.mjs';
import { filesIn, packAll, root } from './packed.mjs';

const tools = {
  '@types/node': '20.19.25',
  bun: '1.4.5',
  deno: '2.9.6',
  next: '16.4.6',
  react: '19.2.0',
  'react-dom': '19.2.0',
  typescript: '5.9.3',
  vite: '8.3.8',
  webpack: '5.112.2',
  'webpack-cli': '6.0.1',
};

/** Both ends of the range of the peer, and an old TensorFlow.js of the app's own beside the one that ours pin. */
const others = {
  'openai-oldest': 'npm:openai@7.0.0',
  'openai-newest': 'npm:openai@7',
  'tfjs-core-older': 'npm:@tensorflow/tfjs-core@4.0.0',
};

const folder = mkdtempSync(join(tmpdir(), 'tinyllm-consumers-'));
const say = (line) => process.stdout.write(`${line}\n`);
let failures = 0;

/** Runs a step and says how it went; the others go on. */
async function step(name, work) {
  const start = Date.now();
  try {
    say(`ok ${name}: ${await work()} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failures++;
    say(`FAILED ${name}: ${error.message}`);
  }
}

/** The last line that a command prints in `cwd`; throws with all of it where the command fails. */
function outputIn(cwd, command, ...args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32' && command !== process.execPath, // the others are scripts there
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', CI: '1' },
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`);
  return stdout.trim().split('\n').at(-1);
}

const output = (command, ...args) => outputIn(folder, command, ...args);
const installed = join(folder, 'node_modules');
const bin = (name) => join(installed, '.bin', name);

function write(path, content) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

/** A page whose title is what the demo says. */
function writePage(at) {
  const titled =
    "demo().then((said) => { document.title = said; }, (e) => { document.title = 'failed: ' + e; });";
  write(`${at}/main.js`, `import { demo } from '../demo.mjs';\n${titled}\n`);
}
const html = (script) => `<!doctype html><title></title><script type="module" src="${script}"></script>`;

function writeNext() {
  write('next/package.json', '{ "private": true }');
  cpSync(join(folder, 'demo.mjs'), join(folder, 'next/demo.mjs'));
  const page = [
    "'use client';",
    "import { useEffect } from 'react';",
    "import { demo } from '../demo.mjs';",
    'export default function Page() {',
    "  useEffect(() => { demo().then((said) => { document.title = said; }, (e) => { document.title = 'failed: ' + e; }); }, []);",
    '  return <p>tinyllm</p>;',
    '}',
  ];
  write('next/app/page.jsx', page.join('\n'));
  write(
    'next/app/layout.jsx',
    'export default ({ children }) => <html lang="en"><body>{children}</body></html>;',
  );
  const config = `{ output: 'export', turbopack: { root: ${JSON.stringify(folder)} } }`;
  write('next/next.config.mjs', `export default ${config};`);
}

/** What a tarball may hold: papers, what is run and its types, and what `tinyllm export --to pytorch` copies. */
const PUBLISHED = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
  /^(bin\/\w+\.js|scripts\/[\w-]+\.mjs|dist\/[\w-]+(\.d\.ts|\.js))$/,
  /^pytorch\/\w+\.(md|py|yaml)$/,
];

try {
  const tarballs = packAll(join(folder, 'tarballs'));
  await step('files in the tarballs', () => {
    const files = Object.values(tarballs).flatMap((tarball) => filesIn(tarball));
    const surprises = files.filter((file) => !PUBLISHED.some((allowed) => allowed.test(file)));
    if (surprises.length > 0) throw new Error(`nobody needs ${surprises.join(', ')}`);
    for (const paper of ['README.md', 'LICENSE'])
      if (files.filter((file) => file === paper).length !== Object.keys(tarballs).length)
        throw new Error(`a tarball has no ${paper}`);
    return `${files.length} in ${Object.keys(tarballs).length}`;
  });
  const dependencies = { ...tarballs, ...tools, ...others };
  write('package.json', JSON.stringify({ name: 'consumer', private: true, dependencies }));
  for (const file of ['demo.mjs', 'judge.mjs'])
    cpSync(join(root, 'scripts/consumers', file), join(folder, file));
  await step('npm install', () => {
    output('npm', 'install', '--no-audit', '--no-fund', '--loglevel=error');
    return Object.keys(tarballs).join(', ');
  });

  write('esm.mjs', "import { demo } from './demo.mjs';\nconsole.log(await demo());\nprocess.exit();\n");
  write(
    'cjs.cjs',
    "import('./demo.mjs').then(({ demo }) => demo()).then((said) => { console.log(said); process.exit(); });\n",
  );
  write('beside.mjs', "import { zeros } from 'tfjs-core-older';\nzeros;\nawait import('./esm.mjs');\n");
  await step('Node, ES modules', () => output(process.execPath, 'esm.mjs'));
  await step('Node, CommonJS by import()', () => output(process.execPath, 'cjs.cjs'));
  await step('Node, beside tfjs-core 4.0.0', () => output(process.execPath, 'beside.mjs'));
  await step('Bun', () => output(bin('bun'), 'esm.mjs'));
  await step('Deno', () => output(bin('deno'), 'run', '--allow-all', '--node-modules-dir=manual', 'esm.mjs'));
  await step('the command line', () => output(bin('tinyllm'), '--version'));

  // of the types that come with tfjs-core, those of WebGL do not agree with TypeScript's own
  const flags = '--noEmit --strict --allowJs --checkJs --target es2022 --types node,long'.split(' ');
  const typecheck = (module, resolution) => [...flags, '--module', module, '--moduleResolution', resolution];
  for (const [module, resolution] of [
    ['esnext', 'bundler'],
    ['nodenext', 'nodenext'],
  ])
    await step(`TypeScript, ${resolution}`, () => {
      output(bin('tsc'), ...typecheck(module, resolution), 'demo.mjs');
      return 'no errors';
    });
  for (const release of ['oldest', 'newest'])
    await step(`the ${release} openai of the range`, () => {
      const app = join(folder, release);
      // a copy, so that it finds the peer beside it
      cpSync(join(installed, '@tinyllm/sample'), join(app, 'node_modules/@tinyllm/sample'), {
        recursive: true,
      });
      symlinkSync(join(installed, `openai-${release}`), join(app, 'node_modules/openai'), 'junction');
      cpSync(join(folder, 'judge.mjs'), join(app, 'judge.mjs'));
      outputIn(app, bin('tsc'), ...typecheck('nodenext', 'nodenext'), 'judge.mjs');
      return outputIn(app, process.execPath, 'judge.mjs');
    });

  writePage('vite');
  write('vite/index.html', html('/main.js'));
  await step('Vite', () => {
    output(bin('vite'), 'build', 'vite', '--logLevel', 'error');
    return open(join(folder, 'vite/dist'));
  });
  writePage('webpack');
  await step('webpack', () => {
    output(bin('webpack'), '--mode', 'production', '--entry', './webpack/main.js', '-o', 'webpack/dist');
    write('webpack/dist/index.html', html('main.js'));
    return open(join(folder, 'webpack/dist'));
  });
  writeNext();
  await step('Next', () => {
    output(bin('next'), 'build', 'next');
    return open(join(folder, 'next/out'));
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
say(failures ? `${failures} failed` : 'all consumers work');
process.exitCode = failures ? 1 : 0;
