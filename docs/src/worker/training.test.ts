import { beforeEach, expect, it, vi } from 'vitest';
import type { RunRequest, RunSettings } from './protocol';
import { createRun, keepCheckpoint } from './run-storage';
import { Session } from './session';
import { training } from './training';

vi.mock('./run-storage'); // which is the browser's own, where Node has none

const settings: RunSettings = {
  tokens: 'characters',
  nLayer: 1,
  nHead: 2,
  nEmbd: 8,
  blockSize: 8,
  batchSize: 2,
  maxIters: 2,
  evalInterval: 2,
  learningRate: 1e-3,
};
const text = { name: 'your text', text: 'To be, or not to be, that is the question.\n'.repeat(10) };

const session = new Session();
session.wanted = 'cpu';

async function run(request: RunRequest): Promise<void> {
  for await (const _ of training({ run: request }, session, new AbortController().signal));
}

beforeEach(() => {
  vi.mocked(createRun).mockClear();
});

it('puts a run in the place of the one that is kept', async () => {
  await run({ settings, text });
  expect(createRun).toHaveBeenCalledOnce();
  expect(keepCheckpoint).toHaveBeenCalledWith(2, expect.anything(), expect.anything());
});

it.each<[string, Partial<RunSettings>]>([
  ['no layers', { nLayer: 0 }],
  ['heads that do not divide the width', { nHead: 3 }],
  ['a window longer than the text', { blockSize: 1000 }],
  ['an empty batch', { batchSize: 0 }],
  ['no steps', { maxIters: 0 }],
  ['evaluations at no time', { evalInterval: 0 }],
  ['a learning rate that is no number', { learningRate: Number.NaN }],
])('keeps the run before where the new one has %s', async (_, wrong) => {
  await expect(run({ settings: { ...settings, ...wrong }, text })).rejects.toThrow();
  expect(createRun).not.toHaveBeenCalled();
});

it('keeps the run before where the text has too little to validate on', async () => {
  await expect(run({ settings, text: { name: 'short', text: 'Nothing.' } })).rejects.toThrow();
  expect(createRun).not.toHaveBeenCalled();
});
