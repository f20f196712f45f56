import type { Piece } from '@tinyllm/sample';
import { generated, showsStyles } from './output';

/** Colours of the 256-colour palette, and the probability from which each is used. */
const shades: readonly (readonly [from: number, colour: number, name: string])[] = [
  [0.9, 34, '90 % or more'],
  [0.5, 106, '50 %'],
  [0.2, 178, '20 %'],
  [0.05, 208, '5 %'],
  [0, 160, 'less'],
];

/** The text of a piece in the colour of its probability; where there are no colours, with the probability in percent. */
export function showProbability({ text, scores }: Piece): string {
  const shown = generated(text);
  if (scores === undefined || text === '') return shown;
  if (!showsStyles()) return `${shown}[${Math.round(100 * scores.probability)}]`;
  const [, colour] = shades.find(([from]) => scores.probability >= from) ?? [0, 160];
  return paint(shown, colour);
}

/** What the colours mean, on one line. */
export function probabilityLegend(): string {
  if (!showsStyles()) return "[in percent: the model's own probability of each token]";
  return `(probability: ${shades.map(([, colour, name]) => paint(name, colour)).join(', ')})`;
}

function paint(text: string, colour: number): string {
  return `\u001b[38;5;${colour}m${text}\u001b[39m`;
}
