import { TinyllmError } from '@tinyllm/common';
import type { Drawing, Entity, Weighted } from './grammar';

/** What is known of a variable: the entity it stands for, or only how it is going to be drawn. */
export type Binding = { readonly entity: Entity } | { readonly drawing: Drawing };

/** What is known of each variable: a list of changes, the latest first. */
export type Scope =
  | { readonly variable: string; readonly binding: Binding | undefined; readonly before: Scope }
  | undefined;

/** A value that a variable may have, with its probability, and the scope in which it has it. */
export interface Outcome {
  readonly entity: Entity;
  readonly probability: number;
  readonly scope: Scope;
}

/** The scope in which `variable` has another binding, or none. */
export function bound(scope: Scope, variable: string, binding: Binding | undefined): Scope {
  return { variable, binding, before: scope };
}

/** What is known of `variable`; undefined outside of its scope. */
export function lookup(scope: Scope, variable: string): Binding | undefined {
  for (let change = scope; change !== undefined; change = change.before) {
    if (change.variable === variable) return change.binding;
  }
  return undefined;
}

/** The weights as probabilities: each over their sum. */
export function probabilities(options: readonly Weighted<unknown>[]): number[] {
  const sum = options.reduce((total, { weight }) => total + weight, 0);
  return options.map(({ weight }) => weight / sum);
}

/** The options that are left to a drawing when `taken` is the entity it must avoid. */
export function available({ options }: Drawing, taken: Entity | undefined): readonly Weighted<Entity>[] {
  return taken === undefined ? options : options.filter(({ value }) => value !== taken);
}

/**
 * Every value that `variable` may have in `scope`: one where it is known, else one for each entity that can be
 * drawn, together with the values of the variables it must differ from. Throws `stories/unbound-variable`.
 */
export function resolve(scope: Scope, variable: string): Outcome[] {
  const binding = lookup(scope, variable);
  if (binding === undefined) {
    throw new TinyllmError(
      'stories/unbound-variable',
      `The story grammar uses "${variable}" where it has no value. Put \${draw(${variable})} before its first use.`,
    );
  }
  if ('entity' in binding) return [{ entity: binding.entity, probability: 1, scope }];
  const { drawing } = binding;
  const others: { entity?: Entity; probability: number; scope: Scope }[] =
    drawing.except === undefined ? [{ probability: 1, scope }] : resolve(scope, drawing.except);
  return others.flatMap((other) => {
    const options = available(drawing, other.entity);
    const shares = probabilities(options);
    return options.map(({ value: entity }, i) => ({
      entity,
      probability: other.probability * (shares[i] ?? 0),
      scope: bound(other.scope, variable, { entity }),
    }));
  });
}

/** A form of an entity. Throws `stories/unknown-form` when the lexicon does not have it. */
export function form<T>(forms: Readonly<Record<string, T>>, name: string): T {
  const value = forms[name];
  if (value !== undefined) return value;
  throw new TinyllmError(
    'stories/unknown-form',
    `The story grammar asks for "${name}", but has only: ${Object.keys(forms).join(', ')}. Add it, or correct the plot.`,
  );
}
