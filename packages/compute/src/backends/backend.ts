/** Where the arithmetic can happen, in the order in which `useBackend()` tries. */
export const backendNames = ['tensorflow', 'webgpu', 'wasm', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];

export interface BackendOptions {
  /** In a page: the URL of the folder that serves tfjs-backend-wasm's `.wasm` files. Node finds them itself. */
  readonly wasmPath?: string;
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
