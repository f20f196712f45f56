import { describe, expect, it } from 'vitest';
import { gptConfig, llama, modelCard } from './index';

const model = {
  architecture: 'gpt',
  config: gptConfig({ vocabSize: 65, blockSize: 64, nLayer: 4, nHead: 4, nEmbd: 128, bias: false }),
} as const;

describe('a model card', () => {
  const card = modelCard(model, {
    name: 'bard',
    path: 'runs/bard',
    data: 'Tiny Shakespeare',
    training: { steps: 2000, 'a | b': 'c | d\ne' },
    evaluation: { 'validation loss': 1.88 },
    samples: ['ROMEO:\n```\nAy me!'],
  });

  it('begins with front matter that the hub accepts: flat YAML, a licence, a task', () => {
    const [, yaml] = card.split('---\n');
    expect(yaml).toBe(
      'license: unknown\nlibrary_name: transformers\npipeline_tag: text-generation\ntags:\n- tinyllm\n',
    );
  });

  it('tells parameters, training, evaluation and how to load it here and in Python', () => {
    expect(card).toContain('| parameters | 804,096 |');
    expect(card).toContain('On Tiny Shakespeare. Licence of the data: not stated.');
    expect(card).toContain('| a \\| b | c \\| d e |');
    expect(card).toContain('| validation loss | 1.88 |');
    expect(card).toContain('npx @tinyllm/cli sample --checkpoint runs/bard');
    expect(card).toContain('AutoModelForCausalLM.from_pretrained("runs/bard")');
  });

  it.each([
    ['cdla-sharing-1.0', 'license: cdla-sharing-1.0\n'],
    ['MIT', 'license: mit\n'],
    ['Public domain', 'license: other\nlicense_name: "public-domain"\n'],
  ])('gives the licence %s of the data to the hub as it takes it', (dataLicense, fields) => {
    const licensed = modelCard(model, { name: 'bard', data: 'Tiny Shakespeare', dataLicense });
    expect(licensed.split('---\n')[1]).toContain(fields);
    expect(licensed).toContain(`Licence of the data: ${dataLicense}.`);
  });

  it('shows a sample whole, also one with a fence in it', () => {
    expect(card).toContain('````text\nROMEO:\n```\nAy me!\n````');
  });

  it('leaves out what is not known, and Python where it has no such model', () => {
    const config = gptConfig({
      vocabSize: 65,
      blockSize: 64,
      nLayer: 1,
      nHead: 4,
      nEmbd: 128,
      ...llama,
      qkNorm: true,
    });
    const short = modelCard({ architecture: 'gpt', config }, { name: 'x' });
    expect(short).not.toMatch(/## (Training|Evaluation|Samples)|Python|transformers|undefined/);
    expect(short).toContain('## Architecture');
  });
});
