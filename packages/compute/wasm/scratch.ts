/** Where the parts of a thread's scratch begin, bytes, for products and whoever computes beside one. */
import { ROW } from './tile';

/** Most rows of A's block and columns of it: it fits a 512 KiB L2 cache. */
export const BLOCK_M: i32 = 60;
export const BLOCK_K: i32 = 384;
/** Most numbers of B's block. */
export const BLOCK_B: i32 = 384 * 512;

/** As many zeros as a tile is wide, never written. */
export const ZEROS: usize = 0;
/** A tile that hangs over the edge of C. */
export const EDGE: usize = ROW;
export const PACKED_A: usize = 512;
export const PACKED_B: usize = PACKED_A + <usize>(BLOCK_M * BLOCK_K * 4);
