import { strToU8, zipSync } from 'fflate';
import { expect, it } from 'vitest';
import { checkpointIn } from './model-source';

const file = (path: string): [string, Uint8Array] => [path, strToU8(path)];
const checkpoint = (folder: string) =>
  ['config.json', 'tokenizer.json', 'model.safetensors'].map((name) => file(folder + name));
const names = ['config.json', 'model.safetensors', 'tokenizer.json'];

it.each([
  ['files', ''],
  ['a folder', 'stories/'],
  ['a folder in folders', 'runs/stories/checkpoints/step-00000200/'],
])('finds the model in %s', (_, folder) => {
  const found = checkpointIn(new Map(checkpoint(folder)));
  expect([...found.keys()].sort()).toEqual(names);
});

it('takes the newest of a run, and nothing of the others', () => {
  const run = new Map([
    file('run/config.json'),
    ...checkpoint('run/checkpoints/step-00000400/'),
    ...checkpoint('run/checkpoints/step-00000200/'),
  ]);
  const found = checkpointIn(run);
  expect([...found.keys()].sort()).toEqual(names);
  expect(new TextDecoder().decode(found.get('config.json'))).toContain('step-00000400');
});

it('unpacks a zip, in which folders may be files too', () => {
  const zip = zipSync({ 'stories/': new Uint8Array(), ...Object.fromEntries(checkpoint('stories/')) });
  expect([...checkpointIn(new Map([['stories.zip', zip]])).keys()].sort()).toEqual(names);
});
