/**
 * Ids of merges written as in GPT-2's `merges.txt`, two tokens and a blank between, or as pairs of tokens.
 * Nothing when one is written otherwise or names a token that is not there.
 */
export function parseMerges(
  merges: readonly (string | readonly string[])[],
  ids: ReadonlyMap<string | null, number>,
): [left: number, right: number][] | undefined {
  const pairs: [number, number][] = [];
  for (const merge of merges) {
    const [leftText = '', rightText = '', ...rest] = typeof merge === 'string' ? merge.split(' ') : merge;
    const left = ids.get(leftText);
    const right = ids.get(rightText);
    if (left === undefined || right === undefined || rest.length > 0) return undefined;
    pairs.push([left, right]);
  }
  return pairs;
}
