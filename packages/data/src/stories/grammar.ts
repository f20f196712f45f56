/**
 * A probabilistic grammar as plain data, and the words in which it is written. There is no recursion in it and
 * every variable has a scope, so its entropy (`entropy.ts`) and the probability of a text (`parse.ts`) are exact.
 */

/** What a variable can stand for: named forms of one thing, for example `{ name: 'Lily', he: 'she', his: 'her' }`. */
export type Entity = Readonly<Record<string, string>>;

/** One of several possibilities, taken with probability `weight` over the sum of all weights. */
export interface Weighted<T> {
  readonly weight: number;
  readonly value: T;
}

/** How a variable gets its value: one of `options`, never the entity that the variable `except` stands for. */
export interface Drawing {
  readonly variable: string;
  readonly options: readonly Weighted<Entity>[];
  readonly except: string | undefined;
}

/** A form of the entity that `variable` stands for. */
export interface Reference {
  readonly kind: 'reference';
  readonly variable: string;
  readonly attribute: string;
}

/** A distribution over texts, given the variables in scope. */
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly options: readonly Weighted<Node>[] }
  | { readonly kind: 'bind'; readonly drawing: Drawing; readonly body: Node }
  | Reference
  | { readonly kind: 'depends'; readonly on: Reference; readonly cases: Readonly<Record<string, Node>> };

/** A variable as plots use it: `hero.name` and `hero.he` are references, `draw(hero)` gives it its value. */
export type Variable<Attribute extends string> = { readonly [A in Attribute]: Reference } & {
  readonly drawing: Drawing;
};

/** A variable whose entities come from `phrases`. */
export type Phrase = Variable<'name' | 'a'>;

/** In a `say` template, the place from which on variables have their values. */
export interface Draw {
  readonly kind: 'draw';
  readonly drawings: readonly Drawing[];
}

type Option<T> = T | readonly [weight: number, value: T];

function weigh<T extends object | string>(option: Option<T>): Weighted<T> {
  return Array.isArray(option) ? { weight: option[0], value: option[1] } : { weight: 1, value: option as T };
}

function toNode(value: Node | string): Node {
  return typeof value === 'string' ? { kind: 'text', text: value } : value;
}

/** A variable that stands for one of `entities`: equally likely, or `[weight, entity]`; never the same as `except`. */
export function variable<Attribute extends string>(
  name: string,
  entities: readonly Option<Readonly<Record<Attribute, string>>>[],
  { except }: { except?: Variable<Attribute> } = {},
): Variable<Attribute> {
  const options = entities.map(weigh);
  const attributes = Object.keys(options[0]?.value ?? {});
  const references = attributes.map((attribute) => [
    attribute,
    { kind: 'reference', variable: name, attribute },
  ]);
  const drawing = { variable: name, options, except: except?.drawing.variable };
  return { ...Object.fromEntries(references), drawing };
}

/** The entities of a list of phrases with commas between them: each as it is, and its article, a or an. */
export function phrases(list: string): { name: string; a: string }[] {
  const names = list.split(',').map((name) => name.replace(/\s+/g, ' ').trim());
  return names.map((name) => ({ name, a: /^[aeiou]/.test(name) ? 'an' : 'a' }));
}

/** Gives `variables` their values for the rest of the `say` template in which it stands. */
export function draw(...variables: readonly { readonly drawing: Drawing }[]): Draw {
  return { kind: 'draw', drawings: variables.map(({ drawing }) => drawing) };
}

/** One of `options`: equally likely, or `[weight, option]`. No two of them may say the same thing. */
export function choose(...options: readonly Option<Node | string>[]): Node {
  return {
    kind: 'choice',
    options: options.map(weigh).map(({ weight, value }) => ({ weight, value: toNode(value) })),
  };
}

/** A space and `sentence`, or nothing. Written right behind the sentence before it: `One.${maybe('Two.')} Three.` */
export function maybe(sentence: Node | string): Node {
  return choose('', say` ${sentence}`);
}

/** The case that the entity's form names: `depending(place.cover, { roof: …, sky: … })`. */
export function depending(on: Reference, cases: Readonly<Record<string, Node | string>>): Node {
  const nodes = Object.entries(cases).map(([name, value]) => [name, toNode(value)]);
  return { kind: 'depends', on, cases: Object.fromEntries(nodes) };
}

/** The break between two paragraphs; it swallows the white space around it. */
export const paragraph: Node = { kind: 'text', text: '\n\n' };

/**
 * The text of a template with its references, choices and draws. White space is one space, none at both ends
 * of a template of several lines, and none behind a draw; a draw holds for all that follows it.
 */
export function say(strings: TemplateStringsArray, ...values: readonly (Node | Draw | string)[]): Node {
  const texts = strings.map((text) => text.replace(/\s+/g, ' '));
  if (strings[0]?.startsWith('\n')) texts[0] = (texts[0] ?? '').trimStart();
  if (/\n *$/.test(strings.at(-1) ?? '')) texts[values.length] = (texts[values.length] ?? '').trimEnd();
  for (const [i, value] of values.entries()) {
    if (value === paragraph) texts[i] = (texts[i] ?? '').trimEnd();
    if (value === paragraph || (typeof value === 'object' && value.kind === 'draw')) {
      texts[i + 1] = (texts[i + 1] ?? '').trimStart();
    }
  }
  let parts: Node[] = [];
  for (let i = texts.length - 1; i >= 0; i--) {
    const value = values[i];
    if (value !== undefined && typeof value === 'object' && value.kind === 'draw') {
      const rest: Node = { kind: 'sequence', parts };
      parts = [value.drawings.reduceRight<Node>((body, drawing) => ({ kind: 'bind', drawing, body }), rest)];
    } else if (value !== undefined) {
      parts.unshift(toNode(value));
    }
    const text = texts[i];
    if (text) parts.unshift({ kind: 'text', text });
  }
  return { kind: 'sequence', parts };
}
