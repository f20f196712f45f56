import { isNode, setV8Flag } from '../backends/backend';
import { deflated, simdBytes } from './kernels.generated';

/** Names and parameters of what wasm/index.ts exports: the kernels, and how a thread joins in. */
export type WasmKernels = Readonly<Record<KernelName, (...values: number[]) => void>> & {
  join(thread: number, threads: number, scratch: number, commonScratch: number, maySleep: number): void;
  share(threads: number): void;
  start(): void;
  barrier(): void;
  crash(): void;
};

export type KernelName =
  | 'adamw'
  | 'attendCached'
  | 'causalAttention'
  | 'causalAttentionGrad'
  | 'columnSums'
  | 'crossEntropy'
  | 'dropout'
  | 'elementwise'
  | 'embed'
  | 'embedGrad'
  | 'globalNorm'
  | 'layerNorm'
  | 'layerNormGrad'
  | 'linear'
  | 'linearGrad'
  | 'matMul'
  | 'residualLinear'
  | 'rmsNorm'
  | 'rmsNormGrad'
  | 'rope'
  | 'rowSums'
  | 'swiglu'
  | 'swigluGrad'
  | 'useWideTiles';

/** A module that only engines with relaxed SIMD accept, from github.com/GoogleChromeLabs/wasm-feature-detect. */
const relaxedSimdModule = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2,
  253, 15, 253, 128, 2, 11,
]);

/** Whether this engine has relaxed SIMD. Node 20 has it whole but behind a flag, which is set here, for this process. */
export async function hasRelaxedSimd(): Promise<boolean> {
  if (!WebAssembly.validate(relaxedSimdModule) && isNode())
    await setV8Flag('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(relaxedSimdModule);
}

/** The kernels, compiled: with fused multiply-add, if `useRelaxedSimd`. Throws where there is no SIMD at all. */
export async function compileKernels(useRelaxedSimd: boolean): Promise<WebAssembly.Module> {
  const both = await inflate(deflated);
  return WebAssembly.compile(useRelaxedSimd ? both.subarray(simdBytes) : both.subarray(0, simdBytes));
}

async function inflate(base64: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(inflated).arrayBuffer());
}
