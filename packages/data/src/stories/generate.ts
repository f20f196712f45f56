import type { Random } from '@tinyllm/common';
import type { Entity, Node, Weighted } from './grammar';
import { available, bound, form, probabilities, resolve, type Scope } from './scope';

/** A text and the natural logarithm of the probability of the derivation that gave it. */
export interface Derived {
  readonly text: string;
  readonly logProbability: number;
}

/** Draws a text from a grammar. */
export function generate(grammar: Node, random: Random): Derived {
  let text = '';
  let logProbability = 0;

  function pick<T>(options: readonly Weighted<T>[]): T {
    const shares = probabilities(options);
    let rest = random.uniform();
    const found = shares.findIndex((share) => {
      rest -= share;
      return rest < 0;
    });
    const index = found < 0 ? options.length - 1 : found; // the shares' sum can be a rounding below 1
    logProbability += Math.log(shares[index] ?? 0);
    return (options[index] as Weighted<T>).value;
  }

  function known(scope: Scope, variable: string): Entity {
    const [outcome] = resolve(scope, variable); // one: generation leaves no drawing open
    return outcome?.entity ?? {};
  }

  function write(node: Node, scope: Scope): void {
    switch (node.kind) {
      case 'text':
        text += node.text;
        break;
      case 'sequence':
        for (const part of node.parts) write(part, scope);
        break;
      case 'choice':
        write(pick(node.options), scope);
        break;
      case 'bind': {
        const { variable, except } = node.drawing;
        const taken = except === undefined ? undefined : known(scope, except);
        write(node.body, bound(scope, variable, { entity: pick(available(node.drawing, taken)) }));
        break;
      }
      case 'reference':
        text += form(known(scope, node.variable), node.attribute);
        break;
      case 'depends':
        write(form(node.cases, form(known(scope, node.on.variable), node.on.attribute)), scope);
        break;
    }
  }

  write(grammar, undefined);
  return { text, logProbability };
}
