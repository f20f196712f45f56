import type { Job } from './session';

/** Starts the arithmetic and says where it runs. */
export const start: Job<'start'> = async function* ({ backend }, session) {
  yield await session.backend(backend);
};
