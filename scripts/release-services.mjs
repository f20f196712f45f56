/** Stand-ins, on ports that the system chooses, for the two services that a release talks to: the registry and GitHub. */
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

/** The last that runs on Node 20 too. One of its parts asks for node-fetch by a tag that not every mirror has. */
const VERDACCIO = { dependencies: { verdaccio: '6.8.0' }, overrides: { 'node-fetch': '2.6.13' } };

function listen(server, port = 0) {
  return new Promise((resolve) => server.listen(port, 'localhost', () => resolve(server.address().port)));
}

/**
 * Verdaccio with its storage in `folder`, where anyone may publish ours; other packages come from `upstream`. Gives its
 * `url`, and `stop`.
 */
export async function startRegistry(folder, upstream) {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, ...VERDACCIO }));
  const install = ['install', '--no-audit', '--no-fund', '--loglevel=error'];
  spawnSync('npm', install, { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' });
  const probe = createServer();
  const port = await listen(probe);
  await new Promise((resolve) => probe.close(resolve));
  const config = {
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd') } },
    uplinks: { npm: { url: upstream } },
    packages: {
      '@tinyllm/*': { access: '$all', publish: '$all' },
      '**': { access: '$all', proxy: 'npm' },
    },
    log: { type: 'stdout', level: 'error' },
  };
  writeFileSync(join(folder, 'verdaccio.json'), JSON.stringify(config));
  const args = ['node_modules/verdaccio/bin/verdaccio', '--config', 'verdaccio.json'];
  const listening = ['--listen', `localhost:${port}`];
  const env = { ...process.env, NODE_NO_WARNINGS: '1' };
  const server = spawn(process.execPath, [...args, ...listening], { cwd: folder, env, stdio: 'inherit' });
  const url = `http://localhost:${port}/`;
  while (!(await fetch(`${url}-/ping`).catch(() => undefined))?.ok) {
    if (server.exitCode !== null) throw new Error('verdaccio ended before it answered');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return { url, stop: () => server.kill() };
}

/** GitHub's GraphQL, of which changelogs ask who wrote a commit, and in which pull request. */
export async function startGitHub() {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const commits = [...JSON.parse(body).query.matchAll(/object\(expression: "(\w+)"\)/g)].map(([, hash]) => [
      `a${hash}`,
      {
        commitUrl: `https://github.com/tinyllm/tinyllm/commit/${hash}`,
        associatedPullRequests: { nodes: [] },
        author: { user: null },
      },
    ]);
    response.end(JSON.stringify({ data: { a0: Object.fromEntries(commits) } }));
  });
  const port = await listen(server);
  return { url: `http://localhost:${port}/graphql`, stop: () => server.close() };
}
