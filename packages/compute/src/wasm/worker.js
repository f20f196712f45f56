/**
 * A thread of the wasm backend: runs every kernel on its share. Plain JavaScript, because Node starts it as it is,
 * from source in tests too. In a page it is a module worker. It gets the `Task` of team.ts.
 */
function work({ module, memory, thread, threads, scratch, commonScratch, kernelAt, valuesAt, stop }) {
  const allLive = () => true; // the first thread sees to it
  const { exports } = new WebAssembly.Instance(module, { env: { memory }, team: { allLive } });
  const kernels = WebAssembly.Module.exports(module).map(({ name }) => exports[name]);
  const number = new Int32Array(memory.buffer, kernelAt, 1);
  const values = new Float64Array(memory.buffer, valuesAt, 32);
  exports.join(thread, threads, scratch, commonScratch, true);
  let epoch = 0;
  for (;;) {
    epoch = exports.awaitStart(epoch);
    if (number[0] === stop) return;
    const kernel = kernels[number[0]];
    try {
      kernel(...values.subarray(0, kernel.length));
      exports.barrier();
    } catch (error) {
      exports.crash();
      throw error;
    }
  }
}

/** Says that it has started, then works until it is stopped. */
function begin(port, task) {
  port.postMessage('started');
  work(task);
  port.close();
}

if (typeof process === 'object' && process.versions?.node !== undefined) {
  const name = 'node:worker_threads'; // bundlers do not follow a name that is computed
  import(/* @vite-ignore */ /* webpackIgnore: true */ name).then(({ parentPort }) => {
    parentPort.once('message', (task) => begin(parentPort, task));
  });
} else {
  globalThis.addEventListener('message', ({ data }) => begin(globalThis, data), { once: true });
}
