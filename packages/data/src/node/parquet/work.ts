/** What reading a file may cost: a small one must not take all memory, nor keep a machine busy for hours. */

/** Bytes and values that a file may give for each of its own bytes: gzip gives at most so many, text far fewer. */
const GAIN = 1024;
/** What any file may give. */
const FREE = 2 ** 20;

export class Work {
  private left: number;

  /** For a file of `size` bytes. */
  constructor(private readonly size: number) {
    this.left = FREE + GAIN * size;
  }

  /** Throws where so many more bytes and values are more than the file's share. */
  spend(amount: number): void {
    this.left -= amount;
    if (this.left >= 0) return;
    throw new Error(
      `its ${this.size} bytes claim to hold more than ${FREE + GAIN * this.size} bytes and values`,
    );
  }
}
