import { type BackendName, isNode } from '../backends/backend';
import { useBackend } from '../backends/use-backend';

/** A page fetches the wasm backend's files from its server's root (`vitest.browser.config.ts`); Node finds them. */
const options = isNode() ? {} : { wasmPath: '/' };

/** Makes a backend current for a test, a software graphics card too. */
export async function startBackend(name: BackendName): Promise<void> {
  await useBackend(name, options);
}

/** The backends that tests run on here: cpu and wasm everywhere, and in a page WebGPU where it has any adapter. */
export async function backendsHere(): Promise<BackendName[]> {
  if (isNode()) return ['cpu', 'wasm'];
  const webgpu = await useBackend('webgpu', options).then(
    () => true,
    () => false,
  );
  return webgpu ? ['cpu', 'wasm', 'webgpu'] : ['cpu', 'wasm'];
}
