import type { BackendName } from '../backends/backend';

/** The backends that the contract runs on here: Node always has these. */
export async function backendsHere(): Promise<BackendName[]> {
  return ['cpu', 'wasm'];
}
