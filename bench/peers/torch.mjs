/** Debian's PyTorch as a peer. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startPeer } from './process.mjs';

const openblas = '/usr/lib/x86_64-linux-gnu/openblas-openmp';

/** PyTorch on its OpenMP OpenBLAS with AVX2 kernels, the fastest of its kind that every x86 machine has, running a script of this folder. */
export function torch(script, args, threads) {
  const tuned = existsSync(openblas);
  const env = {
    LD_LIBRARY_PATH: openblas,
    OPENBLAS_CORETYPE: 'Haswell',
    OMP_NUM_THREADS: String(threads),
  };
  const name = tuned ? 'PyTorch, OpenBLAS-openmp AVX2' : 'PyTorch as installed';
  const path = fileURLToPath(new URL(script, import.meta.url));
  return { name, start: () => startPeer('/usr/bin/python3', [path, ...args], tuned ? env : {}) };
}
