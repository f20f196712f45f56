import type { Node } from './grammar';
import { bound, form, lookup, probabilities, resolve, type Scope } from './scope';

/** How far a derivation has come: `at` characters read, with what is known of the variables by then. */
interface Progress {
  readonly at: number;
  readonly scope: Scope;
  readonly logProbability: number;
}

/** ln(eᵃ + eᵇ). */
function logAdd(a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  return low === -Infinity ? high : high + Math.log1p(Math.exp(low - high));
}

/**
 * The exact natural logarithm of the probability that `grammar` gives `text`: the sum over all its derivations,
 * −Infinity when there is none. A variable's value is guessed at its first mention, where the text decides it.
 */
export function logProbability(grammar: Node, text: string): number {
  let total = -Infinity;

  function read(expected: string, from: Progress, next: (to: Progress) => void): void {
    if (text.startsWith(expected, from.at)) next({ ...from, at: from.at + expected.length });
  }

  function match(node: Node, from: Progress, next: (to: Progress) => void): void {
    switch (node.kind) {
      case 'text':
        read(node.text, from, next);
        break;
      case 'sequence': {
        const rest = (index: number, reached: Progress): void => {
          const part = node.parts[index];
          if (part === undefined) next(reached);
          else match(part, reached, (to) => rest(index + 1, to));
        };
        rest(0, from);
        break;
      }
      case 'choice': {
        const shares = probabilities(node.options);
        for (const [i, { value }] of node.options.entries()) {
          match(value, { ...from, logProbability: from.logProbability + Math.log(shares[i] ?? 0) }, next);
        }
        break;
      }
      case 'bind': {
        const { variable } = node.drawing;
        const outside = lookup(from.scope, variable);
        match(node.body, { ...from, scope: bound(from.scope, variable, { drawing: node.drawing }) }, (to) =>
          next({ ...to, scope: bound(to.scope, variable, outside) }),
        );
        break;
      }
      case 'reference':
        for (const [entity, to] of guesses(from, node.variable)) read(form(entity, node.attribute), to, next);
        break;
      case 'depends':
        for (const [entity, to] of guesses(from, node.on.variable)) {
          match(form(node.cases, form(entity, node.on.attribute)), to, next);
        }
        break;
    }
  }

  function guesses(from: Progress, variable: string) {
    return resolve(from.scope, variable).map(
      ({ entity, probability, scope }) =>
        [entity, { ...from, scope, logProbability: from.logProbability + Math.log(probability) }] as const,
    );
  }

  match(grammar, { at: 0, scope: undefined, logProbability: 0 }, (to) => {
    if (to.at === text.length) total = logAdd(total, to.logProbability);
  });
  return total;
}
