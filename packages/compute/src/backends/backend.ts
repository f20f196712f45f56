/** Where the arithmetic can happen, in the order in which `useBackend()` tries. */
export const backendNames = ['tensorflow', 'webgpu', 'wasm', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];

export interface BackendOptions {
  /** `wasm`: threads that share the work. Default: one a core, or 1 in a page that is not cross-origin isolated. */
  readonly threads?: number | undefined;
  /**
   * `wasm`: false to do without fused multiply-add, so that all engines round alike. Default: where the engine has it; in
   * Node 20 it is behind a flag of V8's, which is set for the process.
   */
  readonly relaxedSimd?: boolean | undefined;
  /**
   * `wasm` in Node 24 and later: true to let V8 use 256-bit arithmetic, by an experimental flag that it sets for the
   * process; a self-check sees that products are right. About 1.5 times as fast. Default: false.
   */
  readonly revectorize?: boolean | undefined;
  /** `wasm`: most that tensors may take, bytes. Default: all that 32 bits address, 4 GiB. */
  readonly memoryLimit?: number | undefined;
}

/** One backend: how it starts, or why it cannot. */
export interface Backend {
  readonly name: BackendName;
  /**
   * Loads the backend and makes it the current one; says in a few words what answers, say the graphics card.
   * Throws a `TinyllmError` that says what to install. `chosen` is false when tinyllm is looking for the best.
   */
  start(options: BackendOptions, chosen: boolean): Promise<string>;
}

/** Imports a package that need not be there, by a name that bundlers do not follow. */
export function importOptional<Module>(name: string): Promise<Module> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ name) as Promise<Module>;
}

/** True in Node, false in pages and workers. */
export function isNode(): boolean {
  return typeof process === 'object' && process.versions?.node !== undefined;
}

/** Sets a flag of V8's for this process; it counts for WebAssembly that is compiled afterwards. */
export async function setV8Flag(flag: string): Promise<void> {
  const { setFlagsFromString } = await importOptional<typeof import('node:v8')>('node:v8');
  setFlagsFromString(flag);
}
