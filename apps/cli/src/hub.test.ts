/** Models of the hub come in by their id, from a hub of the test's own. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { useBackend } from '@tinyllm/compute';
import { createGPT, disposeModel, readParameters } from '@tinyllm/model';
import { CharTokenizer } from '@tinyllm/tokenizers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { modelFiles } from './model-folder';

const program = fileURLToPath(new URL('../bin/tinyllm.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tinyllm-hub-'));
const sha = '0123456789abcdef0123456789abcdef01234567';
const fullName = 'someone/tiny';

/** Files by path, of each model by its id. */
const models = new Map<string, Map<string, Buffer>>();
let requests: string[] = [];
let server: Server;

/** Answers as the hub does to those requests that fetching a model takes. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
  requests.push(`${request.method} ${url}`);
  const reply = (value: unknown): unknown =>
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(value));
  const [, api, resolved] =
    /^\/api\/models\/(.+)\/(?:revision|paths-info)\/|^\/(.+)\/resolve\//.exec(url) ?? [];
  const name = api === 'tiny' ? fullName : (api ?? resolved ?? '');
  const files = models.get(name);
  if (files === undefined) {
    response.statusCode = 404;
    return void reply({ error: 'Repository not found' });
  }
  if (url.includes('/revision/')) {
    return void reply({ id: name, sha, siblings: [...files.keys()].map((rfilename) => ({ rfilename })) });
  }
  if (url.includes('/paths-info/')) {
    const { paths } = JSON.parse(Buffer.concat(await request.toArray()).toString()) as { paths: string[] };
    const found = paths.filter((path) => files.has(path));
    return void reply(
      found.map((path) => ({ path, type: 'file', oid: hash(path), size: files.get(path)?.length })),
    );
  }
  const file = files.get(url.split(`/resolve/${sha}/`)[1] ?? '') ?? Buffer.alloc(0);
  response.setHeader('ETag', `"${hash(url)}"`);
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (start === undefined) return void response.end(file);
  response.writeHead(206, { 'Content-Range': `bytes ${start}-${end}/${file.length}` });
  response.end(file.subarray(Number(start), Number(end) + 1));
}

function hash(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/** Runs the program with this hub, or with none. */
function tinyllm(args: string[], endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`) {
  const env = { ...process.env, HF_ENDPOINT: endpoint, HF_HUB_CACHE: join(folder, 'cache') };
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await useBackend('cpu');
  const tokenizer = CharTokenizer.fromText('tiny models');
  const { vocabSize } = tokenizer;
  const model = createGPT({ vocabSize, blockSize: 8, nLayer: 1, nHead: 1, nEmbd: 8 }, { seed: 1 });
  const files = [...modelFiles(model, await readParameters(model), tokenizer)].map(
    ([name, content]) => [name, Buffer.from(content as Uint8Array)] as const,
  );
  disposeModel(model);
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  models.set(fullName, new Map([...files, ['pytorch_model.bin', Buffer.from('not for us')]]));
  models.set('someone/neo', new Map([...files, ['config.json', json({ model_type: 'gpt_neo' })]]));
  models.set('someone/pickled', new Map(files.filter(([name]) => !name.includes('safetensors'))));
});
beforeEach(() => {
  requests = [];
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

describe('tinyllm import hf:', () => {
  it('fetches what it reads of a model, once', async () => {
    expect(await tinyllm(['import', 'hf:tiny'])).toMatchObject({ status: 0, stderr: '' });
    expect(requests.some((request) => request.includes('pytorch_model.bin'))).toBe(false);
    const { stdout } = await tinyllm(['info', 'models/tiny', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ config: { nEmbd: 8, nLayer: 1 } });

    requests = [];
    expect(await tinyllm(['import', 'hf:tiny', '--out', 'again'])).toMatchObject({ status: 0, stderr: '' });
    expect(requests).toEqual(['GET /api/models/tiny/revision/HEAD']);
    expect(existsSync(join(folder, 'again/model.safetensors'))).toBe(true);
  });

  it.each<[string, RegExp]>([
    ['hf:someone/neo', /model_type is "gpt_neo", and must be "gpt2" or "llama"/],
    ['hf:someone/pickled', /someone\/pickled has no model.safetensors.+save_pretrained/],
    ['hf:no/where', /does not give no\/where: it answers 404/],
  ])('says why it does not take %s, before any weights come', async (source, message) => {
    const before = readdirSync(folder);
    const { status, stderr } = await tinyllm(['import', source, '--out', 'refused']);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(requests.some((request) => request.endsWith('.safetensors'))).toBe(false);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('says what to do where there is no hub', async () => {
    const { status, stderr } = await tinyllm(['import', 'hf:tiny', '--out', 'refused'], 'http://127.0.0.1:1');
    expect(status).toBe(1);
    expect(stderr).toMatch(/tiny did not come from the hub: .+import a folder/);
  });
});
