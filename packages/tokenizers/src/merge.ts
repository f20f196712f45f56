/** Byte-pair encoding proper: merge the adjacent pair of lowest rank, the leftmost of equals, until none merges. */

import type { MergeTable } from './merge-table';
import { MinHeap } from './min-heap';

/** Up to this many tokens a scan for the lowest rank beats a heap (measured on GPT-2's merges). */
const SCAN_LIMIT = 48;
const NONE = -1;
const NEVER = 0x7fffffff;

/**
 * Merges the first `length` tokens of `ids` in place, and gives the number that are left. Time is
 * O(length²) below 48 tokens and O(length · log length) from there on.
 */
export function mergePairs(ids: Int32Array, length: number, table: MergeTable): number {
  if (length < 2) return length;
  return length <= SCAN_LIMIT ? mergeByScan(ids, length, table) : mergeByHeap(ids, length, table);
}

/** Ranks of the pairs that begin at each token, for `mergeByScan`: nothing outlives a call. */
const scanRanks = new Int32Array(SCAN_LIMIT);

function mergeByScan(ids: Int32Array, length: number, table: MergeTable): number {
  const ranks = scanRanks;
  const rankAt = (at: number) => {
    const rank = table.rank(table.find(ids[at] as number, ids[at + 1] as number));
    return rank === NONE ? NEVER : rank;
  };
  for (let i = 0; i < length - 1; i++) ranks[i] = rankAt(i);
  while (length > 1) {
    let best = 0;
    for (let i = 1; i < length - 1; i++) {
      if ((ranks[i] as number) < (ranks[best] as number)) best = i;
    }
    if (ranks[best] === NEVER) break;
    ids[best] = table.merged(table.find(ids[best] as number, ids[best + 1] as number));
    length--;
    for (let i = best + 1; i < length; i++) {
      ids[i] = ids[i + 1] as number;
      ranks[i] = ranks[i + 1] as number;
    }
    if (best > 0) ranks[best - 1] = rankAt(best - 1);
    if (best < length - 1) ranks[best] = rankAt(best);
  }
  return length;
}

/** A heap of places by (rank, position) over a linked list of tokens; what a merge makes stale stays until popped. */
function mergeByHeap(ids: Int32Array, length: number, table: MergeTable): number {
  const next = Int32Array.from({ length }, (_, i) => (i + 1 < length ? i + 1 : NONE));
  const previous = Int32Array.from({ length }, (_, i) => i - 1);
  const ranks = new Int32Array(length).fill(NONE);
  const heap = new MinHeap(length);

  const push = (at: number) => {
    const right = next[at] as number;
    const rank = right === NONE ? NONE : table.rank(table.find(ids[at] as number, ids[right] as number));
    ranks[at] = rank;
    if (rank !== NONE) heap.push(rank * length + at);
  };
  for (let at = 0; at < length; at++) push(at);

  for (let key = heap.pop(); key !== undefined; key = heap.pop()) {
    const at = key % length;
    if (ranks[at] !== (key - at) / length) continue;
    const right = next[at] as number;
    ids[at] = table.merged(table.find(ids[at] as number, ids[right] as number));
    ranks[right] = NONE;
    const after = next[right] as number;
    next[at] = after;
    if (after !== NONE) previous[after] = at;
    push(at);
    const before = previous[at] as number;
    if (before !== NONE) push(before);
  }

  let kept = 0;
  for (let at = 0; at !== NONE; at = next[at] as number) ids[kept++] = ids[at] as number;
  return kept;
}
