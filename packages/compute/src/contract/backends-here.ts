import { type BackendName, type BackendOptions, isNode } from '../backends/backend';
import { useBackend } from '../backends/use-backend';
import { hasRelaxedSimd } from '../wasm/module';
import { canRevectorize } from '../wasm/revectorize';

/** wasm in the forms in which it may run; more threads than cores must do too. */
const formsOfWasm: ReadonlyMap<string, BackendOptions> = new Map([
  ['wasm, 1 thread', { threads: 1, relaxedSimd: false }],
  ['wasm, 2 threads', { threads: 2, relaxedSimd: false }],
  ['wasm, 3 threads', { threads: 3, relaxedSimd: false }],
  ['wasm, 2 threads, fused multiply-add', { threads: 2, relaxedSimd: true }],
  ['wasm, 2 threads, 256 bits', { threads: 2, revectorize: true }],
]);

/** Makes a backend current for a test, a software graphics card too. */
export async function startBackend(name: string): Promise<void> {
  const form = formsOfWasm.get(name);
  await useBackend(form ? 'wasm' : (name as BackendName), form);
}

/** The backends that tests run on here: cpu and wasm everywhere, and in a page WebGPU where it has any adapter. */
export async function backendsHere(): Promise<string[]> {
  const threaded = isNode() || globalThis.crossOriginIsolated;
  const fused = await hasRelaxedSimd();
  const forms = [...formsOfWasm]
    .filter(([, { threads }]) => threaded || threads === 1)
    .filter(([, { relaxedSimd }]) => fused || !relaxedSimd)
    .filter(([, { revectorize }]) => canRevectorize() || !revectorize)
    .map(([name]) => name);
  if (isNode()) return ['cpu', ...forms];
  const webgpu = await useBackend('webgpu').then(
    () => true,
    () => false,
  );
  return ['cpu', ...forms, ...(webgpu ? ['webgpu'] : [])];
}
