import type { Job } from './session';

/** Starts the arithmetic and says where it runs. */
export const start: Job<'start'> = async function* (_request, session) {
  yield await session.backend();
};
