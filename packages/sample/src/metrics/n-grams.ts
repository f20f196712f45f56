/** Statistics of n-grams over texts that are cut into words (or anything else that `String` tells apart). */

/** `text` as lower-case words and punctuation marks. */
export function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}']+|[^\s\p{L}\p{N}]/gu) ?? [];
}

/**
 * Distinct-n (Li et al. 2016, arXiv:1510.03055): different n-grams of all `texts` over all n-grams, from 0 to 1, high
 * where texts are diverse. NaN where no text has n words.
 */
export function distinctN(texts: readonly (readonly string[])[], n: number): number {
  const all = texts.flatMap((text) => nGrams(text, n));
  return new Set(all).size / all.length;
}

/**
 * Sequence repetition (Welleck et al. 2020, arXiv:1908.04319): the share of a text's n-grams that it had before, the mean
 * over the texts that have n words. NaN where none has.
 */
export function repetitionRate(texts: readonly (readonly string[])[], n: number): number {
  const rates = texts
    .map((text) => nGrams(text, n))
    .filter(({ length }) => length > 0)
    .map((grams) => 1 - new Set(grams).size / grams.length);
  return rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
}

/**
 * Self-BLEU (Zhu et al. 2018, arXiv:1802.01886): BLEU of each text against all others, n-grams up to `maxN` (default 4)
 * weighted alike, not smoothed; the mean, from 0 to 1, high where texts are alike. NaN for fewer than two texts.
 */
export function selfBleu(texts: readonly (readonly string[])[], maxN = 4): number {
  if (texts.length < 2) return Number.NaN;
  const logPrecisions = texts.map(() => 0);
  for (let n = 1; n <= maxN; n++) {
    const counts = texts.map((text) => countOf(nGrams(text, n)));
    const most = twoHighest(counts);
    for (const [i, own] of counts.entries()) {
      let clipped = 0;
      let total = 0;
      for (const [gram, count] of own) {
        const [first, second] = most.get(gram) as [number, number];
        clipped += Math.min(count, count === first ? second : first); // the highest count of the other texts
        total += count;
      }
      logPrecisions[i] = (logPrecisions[i] as number) + Math.log(clipped / total) / maxN;
    }
  }
  const lengths = texts.map(({ length }) => length);
  const scores = logPrecisions.map((log, i) => {
    const bleu = Math.exp(log + Math.min(0, 1 - closest(lengths, i) / (lengths[i] as number)));
    return Number.isNaN(bleu) ? 0 : bleu; // a text of fewer than maxN words
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

function nGrams(text: readonly string[], n: number): string[] {
  return Array.from({ length: Math.max(0, text.length - n + 1) }, (_, i) =>
    text.slice(i, i + n).join('\u0000'),
  );
}

function countOf(grams: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const gram of grams) counts.set(gram, (counts.get(gram) ?? 0) + 1);
  return counts;
}

/** The highest and the second highest count of each n-gram. */
function twoHighest(counts: readonly ReadonlyMap<string, number>[]): Map<string, [number, number]> {
  const most = new Map<string, [number, number]>();
  for (const [gram, n] of counts.flatMap((own) => [...own])) {
    const [first, second] = most.get(gram) ?? [0, 0];
    most.set(gram, n > first ? [n, first] : [first, Math.max(second, n)]);
  }
  return most;
}

/** The length among the other texts that is nearest to that of text `i`, the shorter of two. */
function closest(lengths: readonly number[], i: number): number {
  const own = lengths[i] as number;
  return lengths
    .filter((_, j) => j !== i)
    .reduce((best, length) => {
      const nearer = Math.abs(length - own) - Math.abs(best - own);
      return nearer < 0 || (nearer === 0 && length < best) ? length : best;
    });
}
