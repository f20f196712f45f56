/** A token's text with its white space to be seen. */
export function visible(text: string): string {
  return text.replaceAll(' ', '·').replaceAll('\n', '⏎').replaceAll('\t', '⇥');
}
