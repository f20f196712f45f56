import { createRandom } from '@tinyllm/common';
import { describe, expect, it } from 'vitest';
import { expectation } from './entropy';
import { generate } from './generate';
import { choose, depending, draw, maybe, type Node, paragraph, say, variable } from './grammar';
import { logProbability } from './parse';

const coin = choose('heads', 'tails');
const child = variable('child', [
  { name: 'Lily', he: 'she', kind: 'girl' },
  { name: 'Tom', he: 'he', kind: 'boy' },
  { name: 'Ben', he: 'he', kind: 'boy' },
]);
const other = variable('other', [{ name: 'Ann' }, { name: 'Bob' }, { name: 'Cid' }]);

/** Every text of a small grammar: so many are drawn that none is missed. */
function texts(grammar: Node): string[] {
  const random = createRandom(1);
  return [...new Set(Array.from({ length: 2000 }, () => generate(grammar, random).text))];
}

describe('say', () => {
  it('writes one space for white space, and none at the ends, around paragraphs and behind draws', () => {
    const grammar = say`
      ${draw(other)} One
      two ${coin}.${maybe('Three.')}
      ${paragraph}
      ${other.name}.
    `;
    expect(texts(grammar)).toContain('One two heads. Three.\n\nCid.');
    expect(texts(grammar)).toHaveLength(2 * 2 * 3);
  });
});

describe('entropies and lengths known by hand', () => {
  it.each<[what: string, grammar: Node, entropy: number, length: number]>([
    ['a text is certain', say`hello`, 0, 5],
    ['a coin has ln 2', coin, Math.log(2), 5],
    ['two coins have ln 4', say`${coin} ${coin}`, Math.log(4), 11],
    ['a bent coin has less', choose([3, 'a'], [1, 'bcd']), Math.log(4) - 0.75 * Math.log(3), 1.5],
    ['a second choice counts as often as it is made', choose('x', coin), 1.5 * Math.log(2), 3],
    [
      'a variable is drawn once, however often it is mentioned',
      say`${draw(child)}${child.name} ${child.name}`,
      Math.log(3),
      23 / 3,
    ],
    [
      'a choice that depends on a variable',
      say`${draw(child)}${child.name} ${depending(child.kind, { girl: 'runs', boy: coin })}`,
      Math.log(3) + (2 / 3) * Math.log(2),
      10 / 3 + 1 + (4 + 5 + 5) / 3,
    ],
  ])('%s', (_, grammar, entropy, length) => {
    expect(expectation(grammar).entropy).toBeCloseTo(entropy, 12);
    expect(expectation(grammar).length).toBeCloseTo(length, 12);
    const probabilities = texts(grammar).map((text) => Math.exp(logProbability(grammar, text)));
    expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    expect(probabilities.reduce((sum, p) => sum - p * Math.log(p), 0)).toBeCloseTo(entropy, 12);
  });

  it('two different ones of three have ln 6, also where a choice depends on the second', () => {
    const people = ['Ann', 'Bob', 'Cid'].map((name) => ({ name }));
    const first = variable('first', people);
    const second = variable('second', people, { except: first });
    const pair = say`${draw(first, second)}${first.name} and ${second.name}`;
    expect(expectation(pair).entropy).toBeCloseTo(Math.log(6), 12);
    expect(texts(pair)).toHaveLength(6);
    const tied = say`${draw(first, second)}${depending(second.name, {
      Ann: say`${first.name} Ann`,
      Bob: say`${first.name} Bob ${coin}`,
      Cid: say`${first.name} Cid`,
    })}`;
    expect(expectation(tied).entropy).toBeCloseTo(Math.log(6) + Math.log(2) / 3, 12);
    const probabilities = texts(tied).map((text) => Math.exp(logProbability(tied, text)));
    expect(probabilities).toHaveLength(8);
    expect(probabilities.reduce((sum, p) => sum - p * Math.log(p), 0)).toBeCloseTo(
      Math.log(6) + Math.log(2) / 3,
      12,
    );
  });
});

describe('logProbability', () => {
  it('sums over all derivations of an ambiguous text', () => {
    const ambiguous = choose('ab', say`a${choose('b', 'c')}`);
    expect(Math.exp(logProbability(ambiguous, 'ab'))).toBeCloseTo(0.75, 12);
    expect(Math.exp(logProbability(ambiguous, 'ac'))).toBeCloseTo(0.25, 12);
  });

  it('counts the draws that a text does not mention', () => {
    expect(logProbability(say`${draw(child)}nobody`, 'nobody')).toBeCloseTo(0, 12);
  });

  it.each(['', 'head', 'headstails', 'Heads'])('is −Infinity for %j, which is no side of a coin', (text) => {
    expect(logProbability(coin, text)).toBe(-Infinity);
  });
});

describe('a grammar with a mistake', () => {
  it('says which variable has no value', () => {
    expect(() => expectation(say`${child.he}`)).toThrow(
      expect.objectContaining({ code: 'stories/unbound-variable' }),
    );
  });

  it('says which case is missing', () => {
    const grammar = say`${draw(child)}${depending(child.kind, { girl: 'runs' })}`;
    expect(() => expectation(grammar)).toThrow(expect.objectContaining({ code: 'stories/unknown-form' }));
  });
});
