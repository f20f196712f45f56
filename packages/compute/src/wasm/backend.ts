import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { type backend_util, type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { TinyllmError } from '@tinyllm/common';
import { type Allocator, createAllocator } from './allocator';
import { compileKernels, hasRelaxedSimd, type KernelName } from './module';
import { createTeam, type Team } from './team';

/** What the threads share lies below: one page, see wasm/team.ts. */
const HEAP = 65_536;
/** Bytes of a thread's scratch: the packed blocks of wasm/scratch.ts, rounded up. */
const SCRATCH = 896 * 1024;
const GIB = 2 ** 30;

export interface WasmOptions {
  /** Threads that share each kernel. */
  readonly threads: number;
  /** Whether to use fused multiply-add where the engine has it. */
  readonly relaxedSimd: boolean;
  /** Most that tensors may take, bytes. */
  readonly memoryLimit: number;
  /** Whether to let V8 join 128-bit operations into 256-bit ones: see revectorize.ts. */
  readonly revectorize: boolean;
}

/**
 * A tfjs backend whose float32 and int32 tensors live in one shared WebAssembly memory, where the threads of a team
 * run the fast kernels. It extends tfjs's cpu backend, whose kernels serve for all other operations: they see each
 * tensor's part of the memory as a typed array. The memory only grows, so such an array stays valid until its
 * tensor is disposed.
 */
export class WasmBackend extends MathBackendCPU {
  private constructor(
    readonly options: WasmOptions,
    private readonly memoryOfTensors: WebAssembly.Memory,
    private readonly allocator: Allocator,
    private readonly team: Team,
  ) {
    super();
    (this as unknown as { firstUse: boolean }).firstUse = false; // else it prints an advertisement
  }

  /** Reserves the memory, compiles the kernels and starts the threads. */
  static async start(options: WasmOptions): Promise<WasmBackend> {
    const { memory, limit } = reserve(options.memoryLimit);
    const allocator = createAllocator(memory, HEAP, limit);
    const scratch = Array.from({ length: options.threads }, () => allocator.allocate(SCRATCH, 'scratch'));
    const module = await compileKernels(options.relaxedSimd && (await hasRelaxedSimd()));
    const team = await createTeam(module, memory, scratch);
    return new WasmBackend(options, memory, allocator, team);
  }

  /** Runs a kernel of wasm/index.ts, which would take one thread about so many `nanoseconds`. */
  run(kernel: KernelName, nanoseconds: number, ...values: number[]): void {
    this.team.run(kernel, nanoseconds, ...values);
  }

  /** Returns once the last kernel has ended. Call it before memory is read or written other than by `run`. */
  settle(): void {
    this.team.settle();
  }

  get threads(): number {
    return this.team.threads;
  }

  /** Whether kernels still run: not after a crash or `dispose`. */
  get isAlive(): boolean {
    return this.team.failure() === undefined;
  }

  /** Where a float32 or int32 tensor's values begin; 0, which kernels take for "none", where there is no tensor. */
  address(tensor: TensorInfo | undefined): number {
    return tensor === undefined ? 0 : this.placeOf(tensor).byteOffset;
  }

  /** A float32 or int32 tensor's values, where they lie. */
  valuesOf(tensor: TensorInfo): Float32Array | Int32Array {
    this.settle();
    return this.placeOf(tensor);
  }

  private placeOf({ dataId, dtype }: TensorInfo): Float32Array | Int32Array {
    const { values } = this.data.get(dataId);
    const fits = dtype === 'int32' ? values instanceof Int32Array : values instanceof Float32Array;
    if (fits && this.owns(values)) return values;
    throw new TinyllmError(
      'compute/wrong-dtype',
      `This kernel takes float32 or int32 tensors, but got ${dtype}.`,
    );
  }

  /** A new tensor whose values are not set yet. */
  output(shape: readonly number[], dtype: 'float32' | 'int32' = 'float32'): TensorInfo {
    const dataId = {};
    this.data.set(dataId, {
      values: this.room(util.sizeFromShape([...shape]), dtype, shape),
      dtype,
      refCount: 1,
    });
    return { dataId, shape: [...shape], dtype };
  }

  /** Another tensor of the same values, as tfjs's Identity gives. */
  alias(tensor: TensorInfo, shape: readonly number[] = tensor.shape): TensorInfo {
    this.incRef(tensor.dataId);
    return { dataId: tensor.dataId, shape: [...shape], dtype: tensor.dtype };
  }

  /** Room for `bytes` bytes while `use` runs. */
  withRoom<Result>(bytes: number, use: (address: number) => Result): Result {
    const address = this.allocator.allocate(bytes, 'intermediate values');
    try {
      return use(address);
    } finally {
      this.allocator.free(address);
    }
  }

  /** Int32 and float32 views of the same room. */
  viewsAt(address: number, length: number): { integers: Int32Array; floats: Float32Array } {
    this.settle();
    const { buffer } = this.memoryOfTensors;
    return {
      integers: new Int32Array(buffer, address, length),
      floats: new Float32Array(buffer, address, length),
    };
  }

  override write(values: backend_util.BackendValues, shape: number[], dtype: DataType): object {
    return super.write(this.taken(values, shape, dtype), shape, dtype);
  }

  override move(
    dataId: object,
    values: backend_util.BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    super.move(dataId, this.taken(values, shape, dtype), shape, dtype, refCount);
  }

  /** A copy: the caller may keep it after the tensor is disposed and its memory used again. */
  override readSync(dataId: object): backend_util.BackendValues {
    this.settle();
    const values = super.readSync(dataId);
    return this.owns(values) ? values.slice() : values;
  }

  override disposeData(dataId: object, force = false): boolean {
    const values = this.data.has(dataId) ? this.data.get(dataId).values : undefined;
    const released = super.disposeData(dataId, force);
    if (released && this.owns(values)) this.allocator.free(values.byteOffset);
    return released;
  }

  override memory(): { unreliable: boolean; reasons: string[]; bytesInUse: number; bytesReserved: number } {
    const { bytesInUse, bytesReserved } = this.allocator;
    return { unreliable: false, reasons: [], bytesInUse: bytesInUse(), bytesReserved: bytesReserved() };
  }

  override dispose(): void {
    this.team.stop();
  }

  /** Values as the backend keeps them: numbers in the shared memory, the rest as it comes. */
  private taken(
    values: backend_util.BackendValues,
    shape: readonly number[],
    dtype: DataType,
  ): backend_util.BackendValues {
    if (!values || (dtype !== 'float32' && dtype !== 'int32')) return values;
    this.settle();
    const room = this.room(values.length, dtype, shape);
    room.set(values as ArrayLike<number>);
    return room;
  }

  private room(
    length: number,
    dtype: 'float32' | 'int32',
    shape: readonly number[],
  ): Float32Array | Int32Array {
    const address = this.allocator.allocate(4 * length, `a tensor [${shape.join(', ')}]`);
    const { buffer } = this.memoryOfTensors;
    return dtype === 'int32'
      ? new Int32Array(buffer, address, length)
      : new Float32Array(buffer, address, length);
  }

  private owns(values: unknown): values is Float32Array | Int32Array {
    return (
      ArrayBuffer.isView(values) && values.buffer.constructor === this.memoryOfTensors.buffer.constructor
    );
  }
}

/**
 * A shared memory of at most `wanted` bytes. Engines set aside the addresses of all of it at once and may have fewer
 * left, so smaller ones are tried. It is shared even where there is one thread, so that arrays over it stay valid
 * when it grows; a page that is not cross-origin isolated can have it too, but cannot send it to a worker.
 */
function reserve(wanted: number): { memory: WebAssembly.Memory; limit: number } {
  const pages = Math.floor(Math.min(wanted, 4 * GIB) / HEAP);
  for (const maximum of [pages, pages / 2, pages / 4].map(Math.floor)) {
    try {
      const memory = new WebAssembly.Memory({ initial: 1, maximum, shared: true });
      return { memory, limit: maximum * HEAP };
    } catch {
      // the next is smaller
    }
  }
  throw new TinyllmError(
    'compute/out-of-memory',
    `The engine cannot set aside ${Math.ceil(pages / 16)} MiB of addresses, nor a quarter. Close other pages, or give a memoryLimit.`,
  );
}
