import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from './testing/program';

const program = createProgram();
const { folder, run } = program;
const short = ['--max-new-tokens', '12', '--prompt', 'Once'];

beforeAll(() => {
  const small =
    '--n-layer 1 --n-head 2 --n-embd 16 --block-size 16 --batch-size 4 --eval-iters 1 --max-iters 2';
  expect(run('train', ...small.split(' '))).toMatchObject({ status: 0, stderr: '' });
});
afterAll(() => program.remove());

/** What one sample is, as JSON. */
function sample(...args: string[]): {
  text: string;
  tokens: { id: number; scores?: object }[];
  finished: string;
} {
  return JSON.parse(run('sample', '--json', ...short, ...args).stdout);
}

describe('tinyllm sample', () => {
  it('prints texts one after the other, the same whether there are more or not', () => {
    const three = run('sample', ...short, '--num-samples', '3').stdout;
    expect(three.split('\n---\n\n')).toHaveLength(3);
    expect(run('sample', ...short).stdout).toBe(three.split('\n---\n\n')[0]);
  });

  it('prints JSON with tokens, and scores where asked for', () => {
    const { text, tokens, finished } = sample('--show-probs');
    expect(finished).toBe('length');
    expect(tokens).toHaveLength(12);
    expect(tokens.map((token) => (token as unknown as { text: string }).text).join('')).toBe(text);
    expect(tokens[0]?.scores).toMatchObject({ rank: expect.any(Number), top: { length: 5 } });
    expect(sample().tokens[0]).not.toHaveProperty('scores');
  });

  it('takes every setting of the samplers', () => {
    const [likeliest] = sample('--temperature', '0').tokens;
    const id = String(likeliest?.id);
    expect(sample('--top-k', '1').tokens[0]).toEqual(likeliest);
    expect(sample('--temperature', '0', '--banned-tokens', id).tokens[0]).not.toEqual(likeliest);
    expect(sample('--temperature', '0', '--logit-bias', `${id}=-100`).tokens[0]).not.toEqual(likeliest);
    expect(sample('--logit-bias', '7=100').tokens.map((token) => token.id)).toEqual(new Array(12).fill(7));
    const penalized = sample('--logit-bias', '7=100', '--presence-penalty', '200', '--penalty-last-n', '4');
    expect(penalized.tokens.filter((token) => token.id === 7).length).toBeLessThan(4);
    for (const flag of ['--top-p', '--typical-p', '--min-p'])
      expect(sample(flag, '0.9').finished).toBe('length');
  });

  it('stops before a string, and at the end of the window', () => {
    const { text } = sample();
    const stop = text.slice(3, 6);
    expect(sample('--stop', stop)).toMatchObject({
      text: text.slice(0, text.indexOf(stop)),
      finished: 'stop-string',
    });
    expect(sample('--past-window', 'stop', '--max-new-tokens', '100')).toMatchObject({ finished: 'window' });
    expect(sample('--keep-prefix', '2', '--max-new-tokens', '100').tokens).toHaveLength(100);
  });

  it('reads the prompt from a file', () => {
    writeFileSync(join(folder, 'prompt.txt'), 'Once');
    expect(run('sample', ...short.slice(0, 2), '--prompt', 'FILE:prompt.txt').stdout).toBe(
      run('sample', ...short).stdout,
    );
  });

  it('shows probabilities without colours where there are none', () => {
    expect(run('sample', ...short, '--show-probs').stdout).toMatch(/^Once.*\[\d+\][\s\S]*in percent/);
  });

  it('takes settings from tinyllm.config.ts, below those of flags', () => {
    const config = (text: string): void => writeFileSync(join(folder, 'tinyllm.config.ts'), text);
    config('const k: number = 1;\nexport default { sample: { topK: k, maxNewTokens: 5 } };');
    expect(sample().tokens).toEqual(sample('--top-k', '1').tokens);
    expect(run('sample', '--json', '--prompt', 'Once').stdout.match(/"id"/g)).toHaveLength(5);
    for (const [text, problem] of [
      ['export default { sample: { topk: 1 } };', /no setting sample.topk. Did you mean topK\?/],
      ['export default { sampel: {} };', /no command "sampel". Did you mean sample\?/],
      ['export default { sample: { topK: "one" } };', /sample.topK is "one". It must be a number/],
      ['export default { train: { maxTime: "45" } };', /train.maxTime is "45". It must be a time such as/],
      [
        'export default { sample: { backend: "cuda" } };',
        /sample.backend is "cuda". It must be one of tensorflow/,
      ],
      ['export default {', /cannot be read/],
    ] as const) {
      config(text);
      const { status, stderr } = run(text.includes('train') ? 'train' : 'sample');
      expect(stderr).toMatch(problem);
      expect(status).toBe(2);
    }
    writeFileSync(join(folder, 'tinyllm.config.ts'), 'export default {};');
  });

  it.each<[string[], number, RegExp]>([
    [['--checkpoint', 'nowhere'], 1, /no checkpoint in nowhere[\s\S]+tinyllm train[\s\S]+tinyllm import/],
    [['--prompt', 'FILE:nowhere.txt'], 2, /read from nowhere.txt/],
    [['--top-q', '0.9'], 2, /unknown option '--top-q'[\s\S]+--top-k|--top-p/],
    [['--logit-bias', '7'], 2, /must be id=bias/],
    [['--top-p', '2'], 2, /topP must be a number above 0, at most 1, but is 2/],
  ])('refuses %j with exit code %i', (args, code, message) => {
    const { status, stderr } = run('sample', ...args);
    expect(stderr).toMatch(message);
    expect(status).toBe(code);
  });
});

describe('tinyllm sample --interactive', () => {
  const talk = (...lines: string[]) =>
    program.start(['sample', '--interactive', '--max-new-tokens', '8'], (output, child) => {
      if (output.includes('/exit') && !child.stdin?.writableEnded) child.stdin?.end(`${lines.join('\n')}\n`);
    });

  it('shows the model and an example first, then answers, with settings that change', async () => {
    const lines = ['/set temperature 0', '/set --top-p 0.5', '/set --show-probs false'];
    const { status, stdout, stderr } = await talk(...lines, 'Once', 'Once', '/set', '/exit');
    expect([status, stderr]).toEqual([0, '']);
    const [before, after] = stdout.split('An example:');
    expect(before).toMatch(/gpt of [\d,]+ parameters, from runs.stories-nano/);
    const answers = after?.match(/^> Once.*$/gm);
    expect(answers).toHaveLength(2);
    expect(answers?.[0]).toBe(answers?.[1]);
    expect(after).toMatch(/^temperature +0$/m);
    expect(after).toMatch(/^topP +0\.5$/m);
    expect(after).toMatch(/^showProbs +false$/m);
    expect(after).toMatch(/maxNewTokens +8$/m);
  });

  it('says what is wrong, and goes on', async () => {
    const { status, stdout } = await talk('/set topq 1', '/set topP 2', '/set topK many', '/sing', 'Once');
    expect(status).toBe(0);
    expect(stdout).toMatch(/no setting "topq". Did you mean topK\?|Did you mean topP\?/);
    expect(stdout).toMatch(/topP stays as it was/);
    expect(stdout).toMatch(/topK stays as it was. It must be a number/);
    expect(stdout).toMatch(/no \/sing/);
    expect(stdout).toMatch(/> Once./);
  });

  // a process of Windows that gets a signal from another just ends
  it.skipIf(process.platform === 'win32')('ends the text, not the program, on Ctrl-C', async () => {
    let interrupted = false;
    const args = ['sample', '--interactive', '--max-new-tokens', '1000000'];
    const { status, stdout } = await program.start(args, (output, child) => {
      const writing = output.split('An example:')[1] ?? '';
      if (!interrupted && writing.length > 40) interrupted = child.kill('SIGINT');
      if (writing.includes('(stopped)') && !child.stdin?.writableEnded) child.stdin?.end('/exit\n');
    });
    expect(status).toBe(0);
    expect(stdout).toContain('/set temperature 0.7');
  });
});
