import type { BackendName, BackendOptions } from '../backends/backend';
import { hasRelaxedSimd } from '../wasm/module';

/** A backend in one of the forms in which it may run. */
export interface BackendHere {
  readonly label: string;
  readonly name: BackendName;
  readonly options: BackendOptions;
}

/** The backends that the contract runs on here: Node always has these. More threads than cores must do too. */
export async function backendsHere(): Promise<BackendHere[]> {
  const wasm = [1, 2, 3].map((threads): BackendHere => {
    return { label: `wasm, ${threads} threads`, name: 'wasm', options: { threads, relaxedSimd: false } };
  });
  const relaxed: BackendHere = {
    label: 'wasm, 2 threads, relaxed SIMD',
    name: 'wasm',
    options: { threads: 2, relaxedSimd: true },
  };
  const cpu: BackendHere = { label: 'cpu', name: 'cpu', options: {} };
  return hasRelaxedSimd() ? [cpu, ...wasm, relaxed] : [cpu, ...wasm];
}
