/** Dots of a braille character, by row and column, as bits of its code point. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

const BLANK = 0x2800;

/**
 * Lines of a chart of `points` in braille dots, `width` characters wide and `height` high: steps to the right, losses
 * upwards, with the highest and lowest loss at the left and the steps below.
 */
export function lossChart(
  points: readonly { readonly step: number; readonly loss: number }[],
  { width, height }: { readonly width: number; readonly height: number },
): string[] {
  const finite = points.filter(({ loss }) => Number.isFinite(loss));
  const [first, last] = [finite[0], finite.at(-1)];
  if (first === undefined || last === undefined) return [];
  let [low, high] = [first.loss, first.loss];
  for (const { loss } of finite) [low, high] = [Math.min(low, loss), Math.max(high, loss)];
  const labels = [high.toFixed(3), low.toFixed(3)] as const;
  const margin = Math.max(...labels.map((label) => label.length)) + 2;
  const columns = Math.max(1, width - margin);
  const rows = Math.max(1, height - 1);
  const cells = Array.from({ length: rows }, () => new Array<number>(columns).fill(BLANK));
  const scale = (value: number, from: number, to: number, size: number): number =>
    to === from ? 0 : Math.round(((value - from) / (to - from)) * (size - 1));
  for (const { step, loss } of finite) {
    const x = scale(step, first.step, last.step, 2 * columns);
    const y = 4 * rows - 1 - scale(loss, low, high, 4 * rows);
    const cell = cells[y >> 2] as number[];
    cell[x >> 1] = (cell[x >> 1] as number) | (DOTS[y & 3]?.[x & 1] as number);
  }
  const label = (row: number): string => (row === 0 ? labels[0] : row === rows - 1 ? labels[1] : '');
  const lines = cells.map((row, i) => `${label(i).padStart(margin - 2)} ┤${String.fromCharCode(...row)}`);
  const steps = String(last.step).padStart(columns - String(first.step).length);
  return [...lines, `${' '.repeat(margin)}${first.step}${steps}`];
}
