/** "Did you mean …?" for a word that is none of `known`, or all of them where none is near. */
export function nearest(word: string, known: readonly string[]): string {
  const distances = known.map((candidate) => [candidate, editDistance(word, candidate)] as const);
  const [best, distance] = distances.reduce((a, b) => (b[1] < a[1] ? b : a));
  if (distance <= Math.max(1, Math.floor(word.length / 3))) return `Did you mean ${best}?`;
  return `There is ${known.join(', ')}.`;
}

/** How many characters have to be put in, taken out or changed (Levenshtein 1966). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
