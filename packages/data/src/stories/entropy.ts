import type { Entity, Node, Weighted } from './grammar';
import { available, bound, form, probabilities, resolve, type Scope } from './scope';

/** Expectations over the texts of a grammar. */
export interface Expectation {
  /** Shannon entropy of the derivation, in nats: that of the text too when no text has two derivations. */
  readonly entropy: number;
  /** Mean length of the text, in characters. */
  readonly length: number;
}

/** −Σ p ln p of the weights, in nats. */
export function choiceEntropy(options: readonly Weighted<unknown>[]): number {
  return probabilities(options).reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0);
}

function average<T extends { readonly probability: number }>(
  cases: readonly T[],
  value: (outcome: T) => Expectation,
): Expectation {
  let entropy = 0;
  let length = 0;
  for (const outcome of cases) {
    const expected = value(outcome);
    entropy += outcome.probability * expected.entropy;
    length += outcome.probability * expected.length;
  }
  return { entropy, length };
}

/**
 * The exact entropy and mean length of a grammar's texts, without sampling. By the chain rule the entropy is
 * the sum of the entropies of all decisions, each weighted by the probability that it is made; sums of
 * expectations need no joint distribution, so a variable is averaged over only where a decision depends on it.
 */
export function expectation(node: Node, scope?: Scope): Expectation {
  switch (node.kind) {
    case 'text':
      return { entropy: 0, length: node.text.length };
    case 'sequence':
      return node.parts
        .map((part) => expectation(part, scope))
        .reduce((sum, part) => ({ entropy: sum.entropy + part.entropy, length: sum.length + part.length }), {
          entropy: 0,
          length: 0,
        });
    case 'choice': {
      const shares = probabilities(node.options);
      const cases = node.options.map(({ value }, i) => ({ value, probability: shares[i] ?? 0 }));
      const { entropy, length } = average(cases, ({ value }) => expectation(value, scope));
      return { entropy: choiceEntropy(node.options) + entropy, length };
    }
    case 'bind': {
      const { drawing } = node;
      const others: readonly { entity?: Entity; probability: number }[] =
        drawing.except === undefined ? [{ probability: 1 }] : resolve(scope, drawing.except);
      const drawn = average(others, ({ entity }) => ({
        entropy: choiceEntropy(available(drawing, entity)),
        length: 0,
      }));
      const body = expectation(node.body, bound(scope, drawing.variable, { drawing }));
      return { entropy: drawn.entropy + body.entropy, length: body.length };
    }
    case 'reference':
      return average(resolve(scope, node.variable), ({ entity }) => ({
        entropy: 0,
        length: form(entity, node.attribute).length,
      }));
    case 'depends':
      return average(resolve(scope, node.on.variable), (outcome) =>
        expectation(form(node.cases, form(outcome.entity, node.on.attribute)), outcome.scope),
      );
  }
}
