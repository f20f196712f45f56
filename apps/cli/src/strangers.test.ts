/** Runs and endpoints of strangers: none gets to files outside its folder, to the terminal, or to keep a key. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { harmless } from './output';
import { createProgram } from './testing/program';

const program = createProgram();
afterAll(() => program.remove());
const path = (...parts: string[]): string => join(program.folder, ...parts);
const small =
  '--n-layer 1 --n-head 2 --n-embd 16 --block-size 16 --batch-size 4 --eval-iters 1 --max-iters 2';
const step = 'step-00000002';

beforeAll(() => {
  expect(program.run('train', '--name', 'own', ...small.split(' '))).toMatchObject({ status: 0, stderr: '' });
  mkdirSync(path('outside'));
  writeFileSync(path('outside', 'diary.txt'), 'Dear diary');
});

/** A copy of the run whose JSON file is what `change` makes of it, with a manifest that vouches for it. */
function forged(name: string, file: string, change: (content: Record<string, unknown>) => object): string {
  cpSync(path('runs', 'own'), path('runs', name), { recursive: true });
  const text = JSON.stringify(change(JSON.parse(readFileSync(path('runs', name, file), 'utf8'))));
  writeFileSync(path('runs', name, file), text);
  const manifest = path('runs', name, 'checkpoints', step, 'MANIFEST.json');
  const { files } = JSON.parse(readFileSync(manifest, 'utf8'));
  const sha256 = createHash('sha256').update(text).digest('hex');
  const own = file.includes('trainer') ? { 'trainer.json': { size: Buffer.byteLength(text), sha256 } } : {};
  writeFileSync(manifest, JSON.stringify({ files: { ...files, ...own } }));
  return join('runs', name);
}

const trainer = join('checkpoints', step, 'trainer.json');

describe('a run of a stranger', () => {
  it.each(['../../outside/diary.txt', '..', '.hidden', 'a\\b', 'C:x', ''])(
    'cannot have the log %j cut back',
    (log) => {
      const run = forged(`log-${log.length}`, trainer, (content) => ({ ...content, logs: { [log]: 0 } }));
      const commands = [
        ['sample', '--checkpoint', run],
        ['train', '--resume', run, '--max-iters', '4'],
        ['export', run, '--to', 'pytorch', '--out', 'out'],
      ];
      for (const args of log.includes('diary') ? commands : commands.slice(0, 1)) {
        const { status, stderr } = program.run(...args);
        expect(stderr).toContain(`trainer.json tells of ${JSON.stringify(log)}`);
        expect(status).toBe(1);
      }
      expect(readFileSync(path('outside', 'diary.txt'), 'utf8')).toBe('Dear diary');
    },
  );

  it.each([
    ['recipe', { recipe: { name: '../outside' } }],
    ['run', { exported: { run: '../outside', checkpoint: step, model: '', metrics: 0 } }],
    ['checkpoint', { exported: { run: 'own', checkpoint: '../../../outside', model: '', metrics: 0 } }],
  ])('cannot name a path as its %s', (field, change) => {
    const run = forged(`path-${field}`, 'config.json', (content) => ({ ...content, ...change }));
    for (const args of [
      ['train', '--resume', run, '--max-iters', '4'],
      ['import', run],
    ]) {
      const { status, stderr } = program.run(...args);
      expect(stderr).toMatch(/config\.json tells of "(\.\.\/)+outside"/);
      expect(status).toBe(1);
    }
    expect(readdirSync(path('outside'))).toEqual(['diary.txt']);
  });

  it('cannot have its manifest name a path', () => {
    const run = forged('manifest', trainer, (content) => content);
    const manifest = path(run, 'checkpoints', step, 'MANIFEST.json');
    const { files } = JSON.parse(readFileSync(manifest, 'utf8'));
    const size = 'Dear diary'.length;
    const all = { ...files, '../../../../outside/diary.txt': { size, sha256: '' } };
    writeFileSync(manifest, JSON.stringify({ files: all }));
    expect(program.run('sample', '--checkpoint', run).stderr).toContain('MANIFEST.json tells of "../../');
  });

  it('cannot point at a checkpoint elsewhere: its own newest is taken', () => {
    const run = forged('pointer', trainer, (content) => content);
    cpSync(path(run, 'checkpoints', step), path('elsewhere'), { recursive: true });
    writeFileSync(path(run, 'latest'), '../../../elsewhere\n');
    const { stdout } = program.run('info', run, '--json');
    expect(stdout).toContain(step);
    expect(stdout).not.toContain('elsewhere');
  });

  it.each(['{', 'null', '[]', '{"progress":null}', '{"progress":{},"prompt":1,"logs":{}}'])(
    'is refused with the trainer.json %s',
    (text) => {
      const run = forged(`trainer-${text.length}`, trainer, (content) => content);
      const checkpoint = path(run, 'checkpoints', step);
      const { files } = JSON.parse(readFileSync(join(checkpoint, 'MANIFEST.json'), 'utf8'));
      const sha256 = createHash('sha256').update(text).digest('hex');
      writeFileSync(join(checkpoint, 'trainer.json'), text);
      const all = { ...files, 'trainer.json': { size: text.length, sha256 } };
      writeFileSync(join(checkpoint, 'MANIFEST.json'), JSON.stringify({ files: all }));
      const { status, stderr } = program.run('sample', '--checkpoint', run);
      expect(stderr).toMatch(/^error: .*trainer\.json (is not JSON|has no progress, prompt and logs)/);
      expect(status).toBe(1);
    },
  );
});

describe('a terminal', () => {
  it('gets no commands from a text: they are shown', () => {
    expect(harmless('a\u001b]52;c;cHduZWQ=\u0007b\u009b2Jc\r\u007f\n\td🦊')).toBe(
      'a␛]52;c;cHduZWQ=␇b\ufffd2Jc␍␡\n\td🦊',
    );
  });

  it('gets none from a name in a file that an error tells of', () => {
    writeFileSync(path('row.jsonl'), `${JSON.stringify({ 'field\u001b[2J': 1 })}\n`);
    const { stderr } = program.run('train', '--data', 'row.jsonl', ...small.split(' '));
    expect(stderr).toContain('field␛[2J');
  });
});

describe("the judge's key", () => {
  it('is sent to the endpoint, and neither printed nor written, whatever that answers', async () => {
    const key = 'sk-of-no-one-else-4711';
    const sent: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      sent.push(request.headers.authorization);
      request.resume();
      const status = request.url?.startsWith('/refuses') ? 401 : 400;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: `I do not like ${request.headers.authorization}` } }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    program.env.OPENAI_API_KEY = key;
    for (const way of ['refuses', 'fails']) {
      const { status, stdout, stderr } = await program.start([
        ...['judge', '--checkpoint', 'runs/own', '--max-new-tokens', '5', '--out', way, '--model', 'm'],
        ...['--base-url', `http://127.0.0.1:${port}/${way}`],
      ]);
      expect(status).toBe(1);
      expect(stderr).toContain('I do not like Bearer …');
      const written = readdirSync(path(way)).map((name) => readFileSync(path(way, name), 'utf8'));
      expect(written.length).toBeGreaterThan(0);
      expect([stdout, stderr, ...written].join()).not.toContain('4711');
    }
    const inAddress = `http://user:pass-4711@127.0.0.1:${port}/address`;
    const refused = await program.start([
      'judge',
      '--model',
      'm',
      '--out',
      'address',
      '--base-url',
      inAddress,
    ]);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/password in it.*OPENAI_API_KEY/);
    expect(refused.stderr).not.toContain('4711');
    expect(existsSync(path('address'))).toBe(false);
    delete program.env.OPENAI_API_KEY;
    server.close();
    expect(new Set(sent)).toEqual(new Set([`Bearer ${key}`]));
    expect(existsSync(path('refuses', 'stories.jsonl'))).toBe(true);
  });
});
