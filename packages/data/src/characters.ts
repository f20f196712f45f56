/** Whether the code units at `index` and `index + 1` are a surrogate pair: one character. */
function isPair(text: string, index: number): boolean {
  return (text.charCodeAt(index) & 0xfc00) === 0xd800 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00;
}

/** How many characters, Unicode code points, `text` has. */
export function countCharacters(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i += isPair(text, i) ? 2 : 1) count++;
  return count;
}

/** Where in `text` its character number `count` begins, in code units. */
export function indexOfCharacter(text: string, count: number): number {
  let index = 0;
  for (let i = 0; i < count; i++) index += isPair(text, index) ? 2 : 1;
  return index;
}
