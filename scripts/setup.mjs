/** What the scripts share: on a machine with Node and npm alone, pnpm comes through npx. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const root = new URL('..', import.meta.url);
const { packageManager, engines } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

/** Runs a command in the root, its output shown; ends this process as the command ended if it failed. */
export function run(command, args, stdio = 'inherit') {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio,
    shell: process.platform === 'win32' && command === 'npx', // a script there; Node's own path may have blanks
    env: { ...process.env, DO_NOT_TRACK: '1' },
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** Runs pnpm in the root, as `run` does. */
export function pnpm(args, stdio) {
  run('npx', ['--yes', packageManager, ...args], stdio);
}

/** Builds what has changed of some packages, or of all. */
export function build(packages = [], stdio = 'inherit') {
  const filters = packages.map((name) => `--filter=${name}`);
  pnpm(['exec', 'turbo', 'run', 'build', ...filters, '--output-logs=errors-only'], stdio);
}

/** Installs and builds what has changed since the last time. */
export function setUp() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(
      `tinyllm needs Node ${engines.node}, and this is ${process.version}. Get one from nodejs.org.`,
    );
    process.exit(1);
  }
  console.log('1/3 Installing (pnpm install)');
  pnpm(['install', '--frozen-lockfile']);
  console.log('\n2/3 Building (pnpm build)');
  build();
}
