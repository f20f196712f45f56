import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { checkpointIn, readSource } from './model-source';

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

it('takes none of the files that macOS puts beside those it zips', () => {
  const beside = checkpoint('Stories/').map(([path]) => file(`__MACOSX/${path.replace('/', '/._')}`));
  const zip = zipSync(Object.fromEntries([...checkpoint('Stories/'), ...beside]));
  const found = checkpointIn(new Map([['Stories.zip', zip]]));
  expect([...found.keys()].sort()).toEqual(names);
});

it('unpacks a zip, in which folders may be files too', () => {
  const zip = zipSync({ 'stories/': new Uint8Array(), ...Object.fromEntries(checkpoint('stories/')) });
  expect([...checkpointIn(new Map([['stories.zip', zip]])).keys()].sort()).toEqual(names);
});

describe('a zip of anyone', () => {
  const zip = zipSync(Object.fromEntries(checkpoint('stories/')), { level: 9 });
  const open = (bytes: Uint8Array): unknown => checkpointIn(new Map([['stories.zip', bytes]]));
  /** Where the directory at the zip's end begins; its first entry has the file's size 24 bytes on. */
  const directory = new DataView(zip.buffer).getUint32(zip.length - 6, true);
  const claiming = (size: number): Uint8Array => {
    const bytes = zip.slice();
    new DataView(bytes.buffer).setUint32(directory + 24, size, true);
    return bytes;
  };

  it.each([0xffff_fffe, 2 ** 30 + 1, 2 ** 20])('is refused that claims a file of %i bytes', (size) => {
    expect(() => open(claiming(size))).toThrow(expect.objectContaining({ code: 'docs/zip-too-large' }));
  });

  it('is refused with more files than a model has', () => {
    const files = Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`${i}`, new Uint8Array()]));
    expect(() => open(zipSync(files))).toThrow(expect.objectContaining({ code: 'docs/zip-too-large' }));
  });

  it('is refused that is none, or cut off', () => {
    for (const bytes of [new Uint8Array(), strToU8('PK'), zip.subarray(0, -1)])
      expect(() => open(bytes)).toThrow(expect.objectContaining({ code: 'docs/bad-zip' }));
  });

  it('gives no object a property, and no path', () => {
    const files = { '__proto__/polluted': strToU8('1'), '../../config.json': strToU8('{}') };
    const found = checkpointIn(
      new Map([['a.zip', zipSync({ ...files, ...Object.fromEntries(checkpoint('../')) })]]),
    );
    expect([...found.keys()].sort()).toEqual(names);
    expect('polluted' in {}).toBe(false);
  });
});

it.each(['no address', 'javascript:alert(1)', 'file:///etc/passwd', 'data:text/plain,a'])(
  'fetches nothing from %s',
  async (url) => {
    await expect(readSource({ type: 'url', url }, () => undefined)).rejects.toMatchObject({
      code: 'docs/unreachable',
    });
  },
);
