import { expect, it, vi } from 'vitest';
import { TinyllmError } from './error';

it('is an Error with a code, a message and a cause', () => {
  const cause = new Error('disk');
  const error = new TinyllmError('file/unreadable', 'Could not read a.txt. Check that it exists.', { cause });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ code: 'file/unreadable', cause, name: 'TinyllmError' });
});

it('knows the errors of another copy of this module, and no other errors', async () => {
  vi.resetModules();
  const { TinyllmError: Other } = await import('./error');
  expect(Other).not.toBe(TinyllmError);
  expect(new Other('a/b', 'c')).toBeInstanceOf(TinyllmError);
  expect(new Error('plain') instanceof TinyllmError).toBe(false);
});
