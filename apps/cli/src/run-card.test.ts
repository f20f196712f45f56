/** Every run and every checkpoint has a model card that says what it is of, and that what it points to is there. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from './testing/program';

const program = createProgram();
const small = '--n-layer 1 --n-head 2 --n-embd 16 --block-size 16 --batch-size 4 --eval-iters 1'.split(' ');
const run = join('runs', 'stories-nano');
const read = (...path: string[]): string => readFileSync(join(program.folder, ...path), 'utf8');

beforeAll(() => {
  const trained = program.run('train', ...small, '--max-iters', '10', '--eval-interval', '5');
  expect(trained).toMatchObject({ status: 0, stderr: '' });
});
afterAll(() => program.remove());

/** The front matter of a card, parsed, and the cells of its tables by their row. */
function open(...folder: string[]) {
  const card = read(...folder, 'README.md');
  const [, matter = ''] = card.split('---\n');
  const rows = [...card.matchAll(/^\| (.+) \| (.+) \|$/gm)].map(([, name, value]) => [name, value]);
  return { card, matter: load(matter), rows: Object.fromEntries(rows) };
}

describe('a model card', () => {
  const checkpoint = join(run, 'checkpoints', 'step-00000010');

  it('has front matter for the hub, with the licence of the built-in stories', () => {
    expect(open(checkpoint).matter).toEqual({
      license: 'mit',
      library_name: 'transformers',
      pipeline_tag: 'text-generation',
      tags: ['tinyllm'],
    });
  });

  it('has the figures of the run and of the model', () => {
    const { card, rows } = open(checkpoint);
    const [last] = read(run, 'metrics.jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ type, step }) => type === 'evaluation' && step === 10);
    const info = JSON.parse(program.run('info', '--json').stdout);
    expect(rows).toMatchObject({
      parameters: info.parameters.total.toLocaleString('en'),
      nLayer: '1',
      recipe: 'stories-nano',
      steps: '10 of 10',
      'tokens seen': '640',
      'a step': '4 windows of 16 tokens',
      'learning rate': '0.003 to 0.0003, cosine, 50 steps of warm-up',
      'after step': '10',
      'train loss': last.train.loss.toFixed(4),
      'validation loss': last.validation.loss.toFixed(4),
      'validation perplexity': Math.exp(last.validation.loss).toFixed(2),
    });
    expect(card).toContain('On 12,000 stories of the built-in grammar. Licence of the data: mit.');
  });

  it('has the sample that training showed after that step', () => {
    const samples = read(run, 'samples.md').split(/^## Step \d+\n\n/m);
    const sample = (text = ''): string => `text\n${text.trim()}\n\`\`\``;
    expect(open(checkpoint).card).toContain(sample(samples.at(-1)));
    expect(open(run, 'checkpoints', 'step-00000005').card).toContain(sample(samples.at(-2)));
  });

  it('points to what is there, and is the latest checkpoint’s where it is the run’s', () => {
    for (const folder of [run, checkpoint]) {
      const { card } = open(folder);
      const links = [...card.matchAll(/\]\((.+?)\)/g)].map(([, link]) => link as string);
      expect(links).toEqual(['plot.svg']);
      expect(readdirSync(join(program.folder, folder))).toContain('plot.svg');
      const paths = [...card.matchAll(/(?:--checkpoint |from_pretrained\(")([^"\n]+)/g)].map(([, at]) => at);
      expect(paths).toEqual([checkpoint, checkpoint, checkpoint]);
    }
    expect(existsSync(join(program.folder, checkpoint, 'model.safetensors'))).toBe(true);
    expect(read(checkpoint, 'plot.svg')).toBe(read(run, 'plot.svg'));
  });

  it('belongs to what the manifest of its checkpoint vouches for', () => {
    expect(Object.keys(JSON.parse(read(checkpoint, 'MANIFEST.json')).files)).toEqual(
      expect.arrayContaining(['README.md', 'plot.svg']),
    );
  });

  it('goes out with the model', () => {
    expect(program.run('export', '--out', 'out')).toMatchObject({ status: 0, stderr: '' });
    const [there, here] = [open('out'), open(checkpoint)];
    expect(there.rows).toEqual(here.rows);
    expect(there.card).toContain('# out\n');
    expect(there.card).toContain('from_pretrained("out")');
    expect(read('out', 'plot.svg')).toBe(read(checkpoint, 'plot.svg'));
  });

  it('names the licence that was stated, also after a resume, and that none was', () => {
    writeFileSync(
      join(program.folder, 'input.txt'),
      'to be, or not to be, that is the question.\n'.repeat(40),
    );
    const train = ['train', '--recipe', 'bigram', '--data', 'input.txt', '--eval-iters', '1', '--max-iters'];
    const of = (name: string) => open('runs', name).card.split('---\n')[1];
    program.run(...train, '2', '--name', 'unstated');
    expect(of('unstated')).toBe('license: unknown\npipeline_tag: text-generation\ntags:\n- tinyllm\n');
    program.run(...train, '2', '--name', 'stated', '--data-license', 'cc-by-4.0');
    expect(program.run('train', '--resume', 'runs/stated', '--max-iters', '4').status).toBe(0);
    expect(of('stated')).toContain('license: cc-by-4.0\n');
    expect(open('runs', 'stated').rows.steps).toBe('4 of 4');
  });

  it('comes with the next checkpoint of a run of an older version, which has none', () => {
    cpSync(join(program.folder, run), join(program.folder, 'runs', 'older'), { recursive: true });
    const older = join(program.folder, 'runs', 'older', 'checkpoints', 'step-00000010');
    const { facts: _, ...trainer } = JSON.parse(readFileSync(join(older, 'trainer.json'), 'utf8'));
    const text = JSON.stringify(trainer);
    writeFileSync(join(older, 'trainer.json'), text);
    const { files } = JSON.parse(readFileSync(join(older, 'MANIFEST.json'), 'utf8'));
    const { 'README.md': __, 'plot.svg': ___, ...others } = files;
    const sha256 = createHash('sha256').update(text).digest('hex');
    const manifest = { files: { ...others, 'trainer.json': { size: text.length, sha256 } } };
    writeFileSync(join(older, 'MANIFEST.json'), JSON.stringify(manifest));
    for (const name of ['README.md', 'plot.svg']) rmSync(join(older, name));
    rmSync(join(program.folder, 'runs', 'older', 'README.md'));
    const { status, stderr } = program.run('train', '--resume', 'runs/older', '--max-iters', '12');
    expect(stderr).toMatch(/step-00000010 is of an older tinyllm and has no model card/);
    expect(status).toBe(0);
    expect(open('runs', 'older').rows.steps).toBe('12 of 12');
  });
});
