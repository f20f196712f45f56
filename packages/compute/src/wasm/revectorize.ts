/** 256-bit arithmetic: V8 can join neighbouring 128-bit operations, where it is told to before it compiles. */
import { TinyllmError } from '@tinyllm/common';
import { isNode, setV8Flag } from '../backends/backend';
import type { WasmBackend } from './backend';

/** The first Node whose V8 does it well. */
const FIRST_NODE = 24;

/** Whether this engine has the flag. */
export function canRevectorize(): boolean {
  return isNode() && Number(process.versions.node.split('.', 1)[0]) >= FIRST_NODE;
}

/** Sets V8's flag, for this process. Call it before the kernels are compiled. */
export async function allowRevectorizing(): Promise<void> {
  if (!canRevectorize()) {
    throw new TinyllmError(
      'compute/no-revectorizer',
      `{ revectorize: true } needs Node ${FIRST_NODE} or later. Leave it out here.`,
    );
  }
  await setV8Flag('--experimental-wasm-revectorize');
}

/**
 * Tries both shapes of tile and lets all threads use the faster: joined pairs make 4 rows best, but where V8 does not
 * join them they spill. The flag is experimental, so a shape whose products are wrong is not used, and if both are,
 * this throws `compute/wrong-product`.
 */
export function chooseTiles(backend: WasmBackend): void {
  const trials = [0, 1].map((wide) => {
    backend.run('useWideTiles', Number.POSITIVE_INFINITY, wide);
    // compiled code that is well optimized comes after a few milliseconds of use
    const times = Array.from({ length: 30 }, () => timeProduct(backend));
    return { wide, time: Math.min(...times.slice(20)), isRight: multipliesRight(backend) };
  });
  const best = trials.filter(({ isRight }) => isRight).sort((a, b) => a.time - b.time)[0];
  if (!best) {
    throw new TinyllmError(
      'compute/wrong-product',
      `V8 ${process.versions.v8} revectorizes the kernels wrongly. Leave { revectorize: true } out.`,
    );
  }
  backend.run('useWideTiles', Number.POSITIVE_INFINITY, best.wide);
}

/** Milliseconds of a product of 192 × 256 by 256 × 192, by this thread alone. */
function timeProduct(backend: WasmBackend): number {
  const [m, k] = [192, 256];
  return backend.withRoom(4 * (2 * m * k + m * m), (a) => {
    const b = a + 4 * m * k;
    const start = performance.now();
    backend.run('matMul', 0, 1, m, m, k, a, 0, k, 1, b, 0, m, 1, 0, b + 4 * m * k);
    return performance.now() - start;
  });
}

/** Whether products of small integers, which float32 holds exactly, are exact, at a size with edges. */
function multipliesRight(backend: WasmBackend): boolean {
  const [m, n, k] = [29, 43, 37];
  const length = m * k + k * n + m * n;
  return backend.withRoom(4 * length, (a) => {
    const { floats } = backend.viewsAt(a, length);
    for (let i = 0; i < m * k + k * n; i++) floats[i] = (i * 31) % 17;
    const [b, c] = [m * k, m * k + k * n];
    backend.run('matMul', 0, 1, m, n, k, a, 0, k, 1, a + 4 * b, 0, n, 1, 0, a + 4 * c);
    const at = (i: number): number => floats[i] ?? Number.NaN;
    for (let row = 0; row < m; row++) {
      for (let column = 0; column < n; column++) {
        let sum = 0;
        for (let p = 0; p < k; p++) sum += at(row * k + p) * at(b + p * n + column);
        if (at(c + row * n + column) !== sum) return false;
      }
    }
    return true;
  });
}
