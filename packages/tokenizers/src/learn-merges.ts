/** The core of BPE training: which pairs merge, in which order, given how often each pre-token stands. */
import { PairIndex } from './pair-index';
import { PairQueue } from './pair-queue';
import type { PretokenCounts } from './pretoken-counter';

const NONE = -1;

/** One merge learned: two tokens by id, and how often the pair stood when it was merged. */
export interface LearnedMerge {
  readonly left: number;
  readonly right: number;
  readonly count: number;
}

/**
 * Merges learned one by one: the most frequent pair, of equals the one whose bytes are lexicographically greater
 * (first the left token's, then the right's). Tokens 0 to 255 are the bytes; merge i makes token 256 + i. Ends
 * when no pair is left. Time is proportional to the occurrences of the pairs that merge.
 */
export function* learnMerges({ arena, starts, counts }: PretokenCounts): Generator<LearnedMerge, void> {
  const tokens = Int32Array.from(arena); // by position; NONE where a merge took the token away
  const next = new Int32Array(arena.length).fill(NONE);
  const previous = new Int32Array(arena.length).fill(NONE);
  const words = new Int32Array(arena.length); // the pre-token of each position
  const pairs = new PairIndex();

  for (const [word, count] of counts.entries()) {
    const end = starts[word + 1] as number;
    for (let at = starts[word] as number; at < end; at++) {
      words[at] = word;
      if (at + 1 === end) break;
      next[at] = at + 1;
      previous[at + 1] = at;
      pairs.add(tokens[at] as number, tokens[at + 1] as number, count, at);
    }
  }

  const texts = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)); // a character for a byte
  const queue = new PairQueue(pairs, texts);
  for (let pair = 0; pair < pairs.size; pair++) queue.push(pair);

  for (let pair = queue.pop(); pair !== NONE; pair = queue.pop()) {
    const left = pairs.lefts[pair] as number;
    const right = pairs.rights[pair] as number;
    const merged = texts.length;
    texts.push(`${texts[left]}${texts[right]}`);
    yield { left, right, count: pairs.counts[pair] as number };

    const firstNew = pairs.size;
    for (let link = pairs.firstLink(pair); link !== NONE; link = pairs.nextLink(link)) {
      const at = pairs.position(link);
      const second = next[at] as number;
      if (tokens[at] !== left || second === NONE || tokens[second] !== right) continue;
      const count = counts[words[at] as number] as number;
      const before = previous[at] as number;
      const after = next[second] as number;
      tokens[at] = merged;
      tokens[second] = NONE;
      next[at] = after;
      if (before !== NONE) {
        pairs.remove(tokens[before] as number, left, count);
        pairs.add(tokens[before] as number, merged, count, before);
      }
      if (after !== NONE) {
        previous[after] = at;
        pairs.remove(right, tokens[after] as number, count);
        pairs.add(merged, tokens[after] as number, count, at);
      }
    }
    pairs.counts[pair] = 0;
    for (let fresh = firstNew; fresh < pairs.size; fresh++) queue.push(fresh);
  }
}
