/**
 * `pnpm release:dry-run`: what .github/workflows/release.yml does, against a registry and a GitHub of its own, with a copy
 * of the repository as committed: changesets give versions and changelogs, `changeset publish` publishes, a stranger
 * installs and runs what it published; then the same for a patch, to which the stranger upgrades, and for a canary, which
 * only who asks for it gets. Build first.
 */
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './packed.mjs';
import { startGitHub, startRegistry } from './release-services.mjs';

const start = Date.now();
const say = (line) => process.stdout.write(`${((Date.now() - start) / 1000).toFixed(0)} s: ${line}\n`);
const json = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));

const folder = mkdtempSync(join(tmpdir(), 'tinyllm-release-'));
const [copy, user] = [join(folder, 'copy'), join(folder, 'user')];
const workspaces = ['apps/cli', ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)];
const published = workspaces.filter((path) => !json(root, path, 'package.json').private);
const names = published.map((path) => json(root, path, 'package.json').name);
const { packageManager } = json(root, 'package.json');
const env = { ...process.env, CI: '1', GITHUB_TOKEN: 'none' };

/** What a command prints; throws with all of it where the command fails. */
function output(cwd, command, ...args) {
  return new Promise((resolve, reject) => {
    const shell = process.platform === 'win32' && command !== process.execPath; // the others are scripts there
    execFile(command, args, { cwd, env, shell, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`));
      else resolve(stdout.trim());
    });
  });
}

const pnpm = (...args) => output(copy, 'npx', '--yes', packageManager, ...args);
const git = (...args) => output(copy, 'git', '-c', 'user.name=dry run', '-c', 'user.email=dry@run', ...args);

/** The repository as committed, installed, with what was built here. */
async function copyRepository(registry) {
  await output(root, 'git', 'clone', '--quiet', '--no-hardlinks', root, copy);
  await pnpm('install', '--frozen-lockfile', '--prefer-offline');
  for (const path of published)
    cpSync(join(root, path, 'dist'), join(copy, path, 'dist'), { recursive: true });
  for (const path of published) {
    const manifest = json(copy, path, 'package.json');
    // it needs the identity of a workflow, which only the real registry can check
    delete manifest.publishConfig.provenance;
    writeFileSync(join(copy, path, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  }
  writeFileSync(join(copy, '.npmrc'), registryConfig(registry));
}

const registryConfig = (registry) => `registry=${registry}\n${registry.slice(5)}:_authToken=none\n`;

/** Gives versions by `changeset version`, publishes by `changeset publish`, and gives the version. */
async function release(versionArguments = [], publishArguments = []) {
  await pnpm('exec', 'changeset', 'version', ...versionArguments);
  const { version } = json(copy, 'packages/model/package.json');
  const strays = published.filter((path) => json(copy, path, 'package.json').version !== version);
  if (strays.length > 0) throw new Error(`Not all packages are at ${version}: ${strays.join(', ')}`);
  const changelog =
    readFileSync(join(copy, 'packages/model/CHANGELOG.md'), 'utf8').split(/^(?=## )/m)[1] ?? '';
  if (
    !changelog.startsWith(`## ${version}\n`) ||
    !/\(https:\/\/github\.com\/.*\/commit\/\w+\)/.test(changelog)
  )
    throw new Error(`The changelog has no links to the commits of ${version}:\n${changelog}`);
  await git('commit', '--quiet', '--all', '--message', `Release ${version}`);
  await pnpm('exec', 'changeset', 'publish', ...publishArguments);
  say(`${published.length} packages are published at ${version}, with changelogs`);
  return version;
}

/** Has the stranger install a tag, and run it: it must be `version`. */
async function installAndRun(tag, version) {
  await output(user, 'npm', 'install', '--no-audit', '--no-fund', ...names.map((name) => `${name}@${tag}`));
  const found = await output(user, process.execPath, 'node_modules/@tinyllm/cli/bin/tinyllm.js', '--version');
  if (found !== version) throw new Error(`${tag} is ${version}, and what was installed says ${found}`);
  say(`${tag} installs ${version}: ${await output(user, process.execPath, 'run.mjs')}`);
}

async function addChangeset(name) {
  const text = `---\n'@tinyllm/model': patch\n---\n\nA ${name} that nobody sees.\n`;
  writeFileSync(join(copy, '.changeset', `${name}.md`), text);
  await git('add', '.changeset');
  await git('commit', '--quiet', '--message', `Add a ${name}`);
}

const services = [];
try {
  const upstream = spawnSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).stdout.trim();
  mkdirSync(join(folder, 'registry'));
  const registry = await startRegistry(join(folder, 'registry'), upstream);
  services.push(registry);
  const gitHub = await startGitHub();
  services.push(gitHub);
  env.GITHUB_GRAPHQL_URL = gitHub.url;
  await copyRepository(registry.url);
  say('a registry answers, and a copy of the repository is installed');

  mkdirSync(user);
  writeFileSync(join(user, '.npmrc'), registryConfig(registry.url));
  writeFileSync(join(user, 'package.json'), '{ "private": true, "type": "module" }\n');
  cpSync(join(root, 'scripts/consumers/demo.mjs'), join(user, 'demo.mjs'));
  const run = "import { demo } from './demo.mjs';\nconsole.log(await demo());\nprocess.exit();\n";
  writeFileSync(join(user, 'run.mjs'), run);

  const changesets = readdirSync(join(copy, '.changeset')).filter((name) => /^(?!README).*\.md$/.test(name));
  if (changesets.length === 0) await addChangeset('first');
  const first = await release();
  await installAndRun('latest', first);
  await addChangeset('patch');
  const second = await release();
  await installAndRun('latest', second);
  await addChangeset('canary');
  const canary = await release(['--snapshot', 'canary'], ['--tag', 'canary', '--no-git-tag']);
  await installAndRun('latest', second);
  await installAndRun('canary', canary);
} finally {
  for (const service of services) service.stop();
  rmSync(folder, { recursive: true, force: true });
}
