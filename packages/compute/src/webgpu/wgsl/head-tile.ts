import { vectors } from './head-rows';

/** Rows of heads to a workgroup, one a thread. */
export const BLOCK = 64;

/** Bytes of workgroup memory that every device has. */
const MEMORY = 16_384;

/** Rows of two tiles that workgroup memory holds, of heads of width D: a multiple of four, at most 32. */
export function tileRows(D: number): number {
  const fitting = Math.floor((MEMORY - 1024) / (2 * 16 * vectors(D)));
  return Math.max(4, Math.min(32, Math.floor(fitting / 4) * 4));
}

/** Two tiles of rows of heads, `tileA` and `tileB`, each row as vectors. */
export function tileMemory(D: number): string {
  const size = tileRows(D) * vectors(D);
  return `
var<workgroup> tileA: array<vec4<f32>, ${size}>;
var<workgroup> tileB: array<vec4<f32>, ${size}>;`;
}

/**
 * WGSL that reads rows `first`, `first` + 1, … of heads into both tiles, all threads together. `a` and `b` are arrays
 * with the WGSL for where row `row` of the head begins in them; past the end of T rows the last is read again.
 */
export function loadTiles(
  D: number,
  a: [array: string, start: string],
  b: [array: string, start: string],
): string {
  const V = vectors(D);
  const vector = (array: string): string => {
    const number = (c: number): string =>
      D % 4 === 0
        ? `f32(${array}[at + ${c}u])`
        : `select(0.0, f32(${array}[at + ${c}u]), 4u * v + ${c}u < ${D}u)`;
    return `vec4(${[0, 1, 2, 3].map(number).join(', ')})`;
  };
  const fill = (tile: string, [array, start]: [string, string]): string =>
    `{ let at = ${start} + 4u * v; ${tile}[part] = ${vector(array)}; }`;
  return `
    workgroupBarrier();
    for (var part = tid; part < ${tileRows(D) * V}u; part += ${BLOCK}u) {
      let row = min(first + part / ${V}u, p.T - 1u);
      let v = part % ${V}u;
      ${fill('tileA', a)}
      ${fill('tileB', b)}
    }
    workgroupBarrier();`;
}
