import { styleText } from 'node:util';
import { TinyllmError } from '@tinyllm/common';

type Style = Parameters<typeof styleText>[0];

/**
 * How people call this program: by its package where that is installed, for there npx would take a stranger's package of the
 * bare name.
 */
export const program: string = import.meta.url.includes('/node_modules/')
  ? 'npx @tinyllm/cli'
  : 'npx tinyllm';

/** Whether standard output is a terminal and NO_COLOR is not set. */
export function showsStyles(): boolean {
  return process.stdout.isTTY && !process.env.NO_COLOR;
}

/** `text` in a style, where styles are shown. */
export function styled(style: Style, text: string): string {
  return showsStyles() ? styleText(style, text) : text;
}

/** Writes one line to standard output. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Writes an error to standard error: our own as their message, others with their stack. */
export function printError(error: unknown): void {
  const text =
    error instanceof TinyllmError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`error: ${harmless(String(text))}\n`);
}

/** Writes a warning to standard error. */
export function warn(text: string): void {
  const line = `warning: ${harmless(text)}`;
  const shows = process.stderr.isTTY && !process.env.NO_COLOR;
  process.stderr.write(`${shows ? styleText('yellow', line) : line}\n`);
}

/** What a model wrote, for standard output: as it is where that is a file, harmless where it is a terminal. */
export function generated(text: string): string {
  return process.stdout.isTTY ? harmless(text) : text;
}

/**
 * A text of a stranger's for a terminal, which would obey control characters in it: they become pictures of themselves,
 * all but line feeds and tabs.
 */
export function harmless(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, (character) => {
    const code = character.charCodeAt(0);
    if (code > 0x7f) return '\ufffd';
    return String.fromCharCode(code === 0x7f ? 0x2421 : 0x2400 + code);
  });
}

let drawn = 0; // lines that the next `redraw` or `clearLines` removes

/** Lines that are redrawn in place on a terminal and left out of a log. */
export function redraw(lines: readonly string[]): void {
  if (!process.stdout.isTTY) return;
  clearLines();
  const width = (process.stdout.columns || 100) - 1;
  process.stdout.write(lines.map((line) => line.slice(0, width)).join('\n'));
  drawn = lines.length;
}

/** Removes what `redraw` drew last. */
export function clearLines(): void {
  if (!process.stdout.isTTY || drawn === 0) return;
  const up = drawn > 1 ? `\u001b[${drawn - 1}A` : '';
  process.stdout.write(`\r${up}\u001b[J`);
  drawn = 0;
}

/** Seconds as people read them: 42s, 3m05s, 2h10m. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const padded = (n: number): string => String(n).padStart(2, '0');
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${padded(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${padded(Math.floor((whole % 3600) / 60))}m`;
}

/** Rows of two columns, the first padded. */
export function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

/** A whole number as people read it: 1,003,854. */
export function count(n: number): string {
  return n.toLocaleString('en');
}

/** Bytes as people read them: 1,024 MiB, 0.2 MiB. */
export function mebibytes(bytes: number): string {
  return `${twoDigits(bytes / 2 ** 20)} MiB`;
}

/** A number as people read it, with a digit behind the point where it is below 10. */
export function twoDigits(n: number): string {
  return n < 10 ? n.toFixed(1) : count(Math.round(n));
}
