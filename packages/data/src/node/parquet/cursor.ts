/** What a reader wants beyond the bytes that are there. */
export class OutOfBytes extends Error {
  constructor() {
    super('it ends in the middle of a value');
  }
}

/** Bytes that are read from front to back, and never beyond their end. */
export class Cursor {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** Bytes that have been read. */
  get read(): number {
    return this.at;
  }

  /** Bytes still to come. */
  get left(): number {
    return this.bytes.length - this.at;
  }

  byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new OutOfBytes();
    this.at++;
    return byte;
  }

  /** The next bytes, not copied. */
  take(length: number): Uint8Array {
    if (!(length >= 0 && length <= this.left)) throw new OutOfBytes();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** An unsigned number of seven bits a byte, lowest first (LEB128); above 2⁵³ it is rounded. */
  varint(): number {
    let value = 0;
    for (let digit = 0; digit < 10; digit++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 128 ** digit;
      if (byte < 0x80) return value;
    }
    throw new Error('a number has more than ten bytes');
  }

  /** A signed number: 0, -1, 1, -2 … are written as 0, 1, 2, 3 …. */
  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** An unsigned number of `length` bytes, lowest first. */
  littleEndian(length: number): number {
    return this.take(length).reduceRight((value, byte) => value * 256 + byte, 0);
  }
}
