import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { backend_util } from '@tensorflow/tfjs-core';

/** What tfjs-backend-webgpu 4.22.0, to which package.json pins us, keeps to itself, and what is overridden here. */
interface OpenParts {
  computePassEncoder: GPUComputePassEncoder | null;
  commandEncoder: GPUCommandEncoder | null;
  /** Tensors that commands not yet submitted use: their buffers go back to the pool when they are. */
  commandQueueOwnedIds: WeakSet<object>;
  dispatchCountInPass: number;
  uniformPendingDisposal: GPUBuffer[];
  releaseResource(dataId: object): void;
  uploadToGPU(dataId: object): void;
  read(dataId: object): Promise<backend_util.BackendValues>;
  getBufferData(buffer: GPUBuffer): Promise<ArrayBuffer>;
  dispose(): void;
}

type OpenBackend = Omit<WebGPUBackend, keyof OpenParts> & OpenParts;

/** tfjs-backend-webgpu's backend with its hidden parts in its type. */
export const OpenWebGPUBackend: new (device: GPUDevice, adapterInfo?: object) => OpenBackend =
  WebGPUBackend as never;

/** What an adapter says of itself: newer than the types that tfjs-backend-webgpu brings. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}

export type Adapter = GPUAdapter & { readonly info: AdapterInfo };
