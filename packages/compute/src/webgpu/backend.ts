import { type backend_util, type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { macrotask, TinyllmError } from '@tinyllm/common';
import { isMixed } from '../precision';
import { BufferRange, type SharedBuffer } from './buffer-range';
import { failureOf, lostDevice, outOfMemory, unreadable } from './device-errors';
import { type AdapterInfo, OpenWebGPUBackend } from './open-backend';
import { Pipelines } from './pipelines';
import { type Params, type Program, packParams, spread } from './program';
import { widenGroups, widenProgram } from './widen';

/** Usage of the buffers of tensors, as tfjs-backend-webgpu has it: STORAGE, COPY_SRC and COPY_DST. */
const TENSOR_USAGE = 0x80 | 0x04 | 0x08;
/** Usage of the buffers of parameters: UNIFORM and COPY_DST. */
const PARAMS_USAGE = 0x40 | 0x08;
/** Dispatches that are sent to the card together. */
const BATCH = 32;

/** What a dispatch binds: a tensor, or a part of a buffer. */
export type Bound = TensorInfo | GPUBufferBinding;

/**
 * tfjs-backend-webgpu on our device, with a way to run kernels of several outputs, and tensors that lie side by side in
 * one buffer. Errors of the device come as those of the next dispatch or read: the platform reports them late.
 */
export class TinyWebGPUBackend extends OpenWebGPUBackend {
  private readonly pipelines: Pipelines;
  /** Data that lies on the card in half precision. Tensors are float32 to tfjs, which gets them widened. */
  private readonly halves = new WeakSet<object>();
  private failed: TinyllmError | undefined;

  constructor(device: GPUDevice, adapterInfo: AdapterInfo) {
    super(device, adapterInfo);
    this.pipelines = new Pipelines(device);
    device.addEventListener('uncapturederror', (event) => {
      this.fail(failureOf((event as GPUUncapturedErrorEvent).error));
    });
    void device.lost.then(({ message }) => this.fail(lostDevice(message)));
    const createBuffer = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) => this.checked(descriptor, createBuffer);
  }

  /** What ended this backend, if anything did. */
  get failure(): TinyllmError | undefined {
    return this.failed;
  }

  /** A new tensor whose values are not set yet. */
  output(shape: readonly number[], dtype: 'float32' | 'int32' = 'float32'): TensorInfo {
    return this.makeTensorInfo([...shape], dtype);
  }

  /** The same for what a way back may need of the way forward: kept in half precision where that is mixed. */
  activations(shape: readonly number[]): TensorInfo {
    return isMixed() ? this.halfOutput(shape) : this.output(shape);
  }

  /** A new float32 tensor of that shape, in half precision if the other is. */
  outputLike(tensor: TensorInfo): TensorInfo {
    return this.isHalf(tensor) ? this.halfOutput(tensor.shape) : this.output(tensor.shape);
  }

  /** New float32 tensors that lie in one buffer, so that a kernel that takes all of them binds it once. */
  outputsTogether(...shapes: (readonly number[])[]): TensorInfo[] {
    const outputs = shapes.map((shape) => this.output(shape));
    const [offsets, size] = this.layOut(outputs);
    const buffer = this.bufferManager.acquireBuffer(size, TENSOR_USAGE);
    const giveBack = (): void => this.bufferManager.releaseBuffer(buffer);
    const shared: SharedBuffer = { buffer, users: 0, giveBack };
    for (const [i, tensor] of outputs.entries()) this.place(tensor, shared, offsets[i] as number);
    return outputs;
  }

  /** Offsets in bytes at which float32 tensors may lie in one buffer, and the size of that buffer. */
  layOut(tensors: readonly TensorInfo[]): [offsets: number[], size: number] {
    const alignment = this.device.limits.minStorageBufferOffsetAlignment;
    let size = 0;
    const offsets = tensors.map(({ shape }) => {
      const offset = Math.ceil(size / alignment) * alignment;
      size = offset + 4 * util.sizeFromShape(shape);
      return offset;
    });
    return [offsets, size];
  }

  /** Makes a tensor lie at `offset` bytes of a buffer, with the values that are there, and releases what it had. */
  place({ dataId, shape }: TensorInfo, shared: SharedBuffer, offset: number): void {
    this.releaseResource(dataId);
    const range = new BufferRange(shared, offset, 4 * util.sizeFromShape(shape));
    (this.tensorMap.get(dataId) as { resource: unknown }).resource = range;
  }

  /** Another tensor of the same values. */
  alias({ dataId, dtype }: TensorInfo, shape: readonly number[]): TensorInfo {
    this.incRef(dataId);
    return { dataId, shape: [...shape], dtype };
  }

  /** Whether a tensor lies on the card in half precision. */
  isHalf({ dataId }: TensorInfo): boolean {
    return this.halves.has(dataId);
  }

  /** Where a tensor's values lie on the card, as float32; uploads or widens them if they are not there. */
  bindingOf({ dataId }: TensorInfo): GPUBufferBinding {
    this.uploadToGPU(dataId);
    return this.placeOf(dataId);
  }

  private placeOf(dataId: object): GPUBufferBinding {
    const { resource } = this.tensorMap.get(dataId);
    return resource instanceof BufferRange ? resource : { buffer: resource as GPUBuffer };
  }

  /**
   * Runs `groups` workgroups of a program, on its reads and then its writes in order. Throws what the device reported
   * since the last dispatch, and `compute/out-of-memory` where a tensor is larger than the device can bind.
   */
  dispatch(program: Program, groups: number, bound: readonly Bound[], params: Params = {}): void {
    if (this.failed) throw this.failed;
    if (groups === 0) return;
    const types = [...Object.values(program.reads), ...Object.values(program.writes)];
    const halves = bound.map((each, i) => 'dataId' in each && types[i] === 'real' && this.isHalf(each));
    const bindings = bound.map((each, i) => {
      if (!('dataId' in each)) return each;
      return halves[i] ? this.placeOf(each.dataId) : this.bindingOf(each);
    });
    for (const each of bound) if ('dataId' in each) this.hold(each);
    const written = bound.slice(Object.keys(program.reads).length);
    for (const each of written) if ('dataId' in each) this.changed(each);
    for (const { buffer, size = buffer.size } of bindings) this.checkBinding(program, size);
    const pipeline = this.pipelines.of(program, halves);
    const entries = [...bindings, this.uniform(packParams(program, { ...params, groups }))];
    const bindGroup = this.device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: entries.map((resource, binding) => ({ binding, resource })),
    });
    this.ensureCommandEncoderReady();
    this.computePassEncoder ??= (this.commandEncoder as GPUCommandEncoder).beginComputePass();
    this.computePassEncoder.setPipeline(pipeline);
    this.computePassEncoder.setBindGroup(0, bindGroup);
    const { maxComputeWorkgroupsPerDimension } = this.device.limits;
    this.computePassEncoder.dispatchWorkgroups(...spread(groups, maxComputeWorkgroupsPerDimension));
    if (++this.dispatchCountInPass >= BATCH) this.submitNow();
  }

  override uploadToGPU(dataId: object): void {
    if (this.halves.has(dataId)) this.widen(dataId);
    super.uploadToGPU(dataId);
  }

  /** Says that a kernel writes to a tensor: what was read of it before, and is still here, is no longer true. */
  changed({ dataId }: TensorInfo): void {
    const data: { values: unknown } = this.tensorMap.get(dataId);
    data.values = null; // as tfjs-backend-webgpu has it after an upload
  }

  /** A tensor's values where they have not gone to the card yet; reading them there would stall. */
  valuesHere({ dataId }: TensorInfo): backend_util.TypedArray | undefined {
    return (this.tensorMap.get(dataId).values ?? undefined) as backend_util.TypedArray | undefined;
  }

  /** Keeps a tensor's buffer from the pool until what was dispatched so far is sent to the card. */
  hold({ dataId }: TensorInfo): void {
    this.commandQueueOwnedIds.add(dataId);
  }

  /** Copies between buffers, in order with the dispatches. Sizes and offsets in bytes. */
  copy(from: GPUBufferBinding, to: GPUBufferBinding, size: number): void {
    this.ensureCommandEncoderReady();
    this.endComputePassEncoder();
    (this.commandEncoder as GPUCommandEncoder).copyBufferToBuffer(
      from.buffer,
      from.offset ?? 0,
      to.buffer,
      to.offset ?? 0,
      size,
    );
  }

  /** A buffer for tensors to lie in side by side, destroyed when none of them is left. */
  createShared(size: number): SharedBuffer {
    const buffer = this.bufferManager.acquireBuffer(size, TENSOR_USAGE);
    return { buffer, users: 0, giveBack: () => this.bufferManager.releaseBuffer(buffer, false) };
  }

  /** Sends what was dispatched to the card. */
  submitNow(): void {
    this.endComputePassEncoder();
    if (this.commandEncoder) this.submitQueue();
  }

  override async read(dataId: object): Promise<backend_util.BackendValues> {
    if (this.failed) throw this.failed;
    if (this.halves.has(dataId)) this.widen(dataId);
    let values: backend_util.BackendValues;
    try {
      values = await super.read(dataId);
    } catch (cause) {
      await Promise.race([this.device.lost, macrotask()]); // a lost device ends reads before it says that it is lost
      throw this.failed ?? unreadable(cause);
    }
    if (this.failed) throw this.failed; // what the device reported of earlier commands is here by now
    return values;
  }

  override async getBufferData(resource: GPUBuffer | BufferRange): Promise<ArrayBuffer> {
    if (!(resource instanceof BufferRange)) return super.getBufferData(resource);
    const { size } = resource;
    const whole = this.bufferManager.acquireBuffer(size, TENSOR_USAGE);
    this.copy(resource, { buffer: whole }, size);
    try {
      return await super.getBufferData(whole);
    } finally {
      this.bufferManager.releaseBuffer(whole);
    }
  }

  override releaseResource(dataId: object): void {
    const { resource } = this.tensorMap.get(dataId) ?? {};
    if ((resource as unknown) instanceof BufferRange) (resource as unknown as BufferRange).release();
    super.releaseResource(dataId);
  }

  override dispose(): void {
    super.dispose();
    this.device.destroy();
  }

  private halfOutput(shape: readonly number[]): TensorInfo {
    const tensor = this.output(shape);
    const size = 4 * Math.ceil(util.sizeFromShape(tensor.shape) / 2);
    this.tensorMap.get(tensor.dataId).resource = this.bufferManager.acquireBuffer(size, TENSOR_USAGE);
    this.halves.add(tensor.dataId);
    return tensor;
  }

  /** Gives a tensor that lies on the card in half precision a buffer of float32: for whoever knows of nothing else. */
  private widen(dataId: object): void {
    const data: { resource?: unknown; shape: number[]; dtype: DataType } = this.tensorMap.get(dataId);
    const { shape, dtype } = data;
    const half = this.output(shape);
    const halfData: { resource?: unknown } = this.tensorMap.get(half.dataId);
    halfData.resource = data.resource;
    data.resource = undefined;
    this.halves.add(half.dataId);
    this.halves.delete(dataId);
    const size = util.sizeFromShape(shape);
    const whole = { dataId, shape, dtype };
    this.dispatch(widenProgram, widenGroups(size), [half, whole], { size });
    this.disposeData(half.dataId);
  }

  private uniform(bytes: ArrayBuffer): GPUBufferBinding {
    const buffer = this.bufferManager.acquireBuffer(bytes.byteLength, PARAMS_USAGE);
    this.queue.writeBuffer(buffer, 0, bytes);
    this.uniformPendingDisposal.push(buffer);
    return { buffer };
  }

  private checkBinding({ name }: Program, size: number): void {
    const { maxStorageBufferBindingSize: most } = this.device.limits;
    if (size <= most) return;
    throw new TinyllmError(
      'compute/out-of-memory',
      `${name} needs ${size} bytes of one tensor at once, and this device binds at most ${most}. ` +
        'Use a smaller batch, vocabulary or model, or the wasm backend.',
    );
  }

  /** A new buffer; where the card has no room for it, the backend fails with its size. */
  private checked(
    descriptor: GPUBufferDescriptor,
    create: (descriptor: GPUBufferDescriptor) => GPUBuffer,
  ): GPUBuffer {
    const { size } = descriptor;
    const { maxBufferSize } = this.device.limits;
    if (size > maxBufferSize) throw outOfMemory(size, `a buffer of this device has at most ${maxBufferSize}`);
    const inUse = this.bufferManager.numBytesAllocated;
    this.device.pushErrorScope('out-of-memory');
    const buffer = create(descriptor);
    const report = (error: GPUError | null): void => {
      if (error) this.fail(outOfMemory(size, `tensors have ${inUse} already`));
    };
    this.device.popErrorScope().then(report, () => undefined); // a lost device says so by itself
    return buffer;
  }

  private fail(error: TinyllmError): void {
    this.failed ??= error;
  }
}
