/** Some ids, one after the other. */
export type IdArray = Uint16Array | Uint32Array | Int32Array;

/**
 * Token ids that batches are cut from: a typed array, or a file that is read by range (`openTokenFile` of
 * `@tinyllm/data/node`). Ids are at most 2³¹ − 1.
 */
export interface TokenIds {
  /** How many ids there are. */
  readonly length: number;
  /** A copy of ids `start` to `end` − 1, both within 0 and `length`. */
  slice(start: number, end: number): IdArray;
}
