import { TinyllmError } from '@tinyllm/common';
import type { Adapter } from '../webgpu/open-backend';
import { type Backend, importOptional, isNode } from './backend';

const host = globalThis as { navigator?: { gpu?: GPU } };

/** A graphics card through WebGPU: the browser's own, or Dawn in Node where the optional peer `webgpu` is installed. */
export const webgpu: Backend = {
  name: 'webgpu',
  async start(_options, chosen) {
    const adapter = await requestAdapter();
    if (isSoftware(adapter) && !chosen) {
      throw new TinyllmError(
        'compute/software-webgpu',
        `WebGPU answers with a software adapter only (${describe(adapter)}), slower than wasm. ` +
          "Call useBackend('webgpu') to use it all the same.",
      );
    }
    try {
      const { startWebGPU } = await import('../webgpu/start'); // imports a module that needs navigator.gpu
      await startWebGPU(adapter);
    } catch (cause) {
      throw new TinyllmError(
        'compute/no-webgpu',
        `WebGPU has an adapter (${describe(adapter)}) but gave no device that tinyllm can use. Use wasm instead.`,
        { cause },
      );
    }
    return describe(adapter);
  },
};

async function requestAdapter(): Promise<Adapter> {
  if (isNode()) await provideNavigatorGpu();
  const gpu = host.navigator?.gpu;
  if (gpu === undefined) {
    throw new TinyllmError(
      'compute/no-webgpu',
      'This browser has no WebGPU (navigator.gpu), or the page is not served over https or localhost. Use wasm instead.',
    );
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new TinyllmError(
      'compute/no-webgpu',
      'WebGPU is here but found no graphics card it can use. Install or update its driver (Vulkan, Metal or ' +
        'Direct3D 12), or use wasm instead.',
    );
  }
  return adapter as Adapter;
}

/** Puts Dawn where browsers have WebGPU; `navigator.gpu` holds the reference that keeps it alive. */
async function provideNavigatorGpu(): Promise<void> {
  if (host.navigator?.gpu !== undefined) return;
  let dawn: { create(options: string[]): GPU; globals: object };
  try {
    dawn = await importOptional('webgpu');
  } catch (cause) {
    throw new TinyllmError(
      'compute/no-webgpu',
      'The webgpu backend needs WebGPU in Node: npm install webgpu (0.6.2 or later). Without it, use wasm or cpu.',
      { cause },
    );
  }
  Object.assign(globalThis, dawn.globals);
  if (host.navigator === undefined) {
    Object.defineProperty(host, 'navigator', { value: {}, configurable: true }); // Node 20 has none
  }
  Object.defineProperty(host.navigator, 'gpu', { value: dawn.create([]), configurable: true });
}

function isSoftware({ info }: Adapter): boolean {
  const names = `${info.vendor} ${info.architecture} ${info.description}`.toLowerCase();
  return info.isFallbackAdapter === true || /swiftshader|llvmpipe|software|basic render/.test(names);
}

function describe({ info }: Adapter): string {
  return info.description || [info.vendor, info.architecture].filter(Boolean).join(' ') || 'unnamed adapter';
}
