/**
 * A part of a buffer that tensors share, as WebGPU binds it: so that a kernel of many tensors needs few bindings. The
 * buffer is given back once none of its ranges is in use.
 */
export class BufferRange implements GPUBufferBinding {
  constructor(
    readonly shared: SharedBuffer,
    /** Bytes, a multiple of the device's alignment. */
    readonly offset: number,
    /** Bytes. */
    readonly size: number,
  ) {
    shared.users++;
  }

  get buffer(): GPUBuffer {
    return this.shared.buffer;
  }

  release(): void {
    this.shared.users--;
    if (this.shared.users === 0) this.shared.giveBack();
  }
}

/** A buffer, how many ranges of it are in use, and what happens when none is. */
export interface SharedBuffer {
  readonly buffer: GPUBuffer;
  users: number;
  giveBack(): void;
}
