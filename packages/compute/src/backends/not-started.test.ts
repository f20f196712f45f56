import { expect, it } from 'vitest';
import { checkPrecision, filledTensor, useBackend } from '../index';

const unset = () => filledTensor([2], (values) => values.fill(1));
const notStarted = expect.objectContaining({
  code: 'compute/not-started',
  message: expect.stringContaining('await useBackend()'),
});

it('says to call useBackend, before that and until it has ended', async () => {
  expect(unset).toThrowError(notStarted);
  expect(() => checkPrecision('mixed')).toThrowError(notStarted);
  const starting = useBackend('wasm', { threads: 1 });
  expect(unset).toThrowError(notStarted);
  await starting;
  expect([...unset().dataSync()]).toEqual([1, 1]);
});
