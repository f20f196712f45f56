/** Rows and columns of a tile of a product, and how many terms of its sums are read at a time. */
export const TILE = 64;
const DEPTH = 16;
/** Threads of a workgroup, each with 4 × 4 numbers of the tile. */
export const PRODUCT_THREADS = 256;

/** Numbers from one row of a tile's factor to the next: more than TILE, so that they lie in different banks. */
const STRIDE = TILE + 4;

/** Workgroup memory of `product`, and the type that it rounds factors to; sums are f32. */
export function productMemory(type: string): string {
  return `
alias factor_t = ${type};
var<workgroup> aTile: array<factor_t, ${DEPTH * STRIDE}>;
var<workgroup> bTile: array<factor_t, ${DEPTH * STRIDE}>;`;
}

interface Product {
  /** The number of the tile, u32, row of tiles by row. */
  readonly tile: string;
  /** Rows, columns and terms, u32. */
  readonly M: string;
  readonly N: string;
  readonly K: string;
  /** WGSL for the number of the left factor at row `i` and term `k`, and of the right one at `k` and column `j`. */
  readonly a: string;
  readonly b: string;
  /** Which of a factor's two indices counts neighbours in memory, so that neighbouring threads read those. */
  readonly aNeighbours: 'i' | 'k';
  readonly bNeighbours: 'j' | 'k';
  /** WGSL that a thread runs before it stores the four numbers of row `i` from column `firstJ` on. Default: none. */
  readonly beforeFour?: string;
  /** WGSL that stores `value` at row `i` and column `j`, which is `firstJ` + `c`. */
  readonly store: string;
}

/**
 * WGSL for one tile of a matrix product, by PRODUCT_THREADS threads: factors go through workgroup memory a few terms at
 * a time, sums stay in registers. The caller declares `productMemory`.
 */
export function product(parts: Product): string {
  const { tile, M, N, K, a, b, aNeighbours, bNeighbours, beforeFour = '', store } = parts;
  const sums = [0, 1, 2, 3];
  return `{
    let columnsOfTiles = (${N} + ${TILE - 1}u) / ${TILE}u;
    let firstRow = ((${tile}) / columnsOfTiles) * ${TILE}u;
    let firstColumn = ((${tile}) % columnsOfTiles) * ${TILE}u;
    let ty = (tid / 16u) * 4u;
    let tx = (tid % 16u) * 4u;
    ${sums.map((r) => `var sum${r} = vec4(0.0);`).join(' ')}
    for (var first = 0u; first < ${K}; first += ${DEPTH}u) {
      for (var part = tid; part < ${TILE * DEPTH}u; part += ${PRODUCT_THREADS}u) {
        ${place('row', aNeighbours === 'i')}
        let i = firstRow + row;
        let k = first + term;
        var value = factor_t(0.0);
        if (i < ${M} && k < ${K}) { value = factor_t(${a}); }
        aTile[term * ${STRIDE}u + row] = value;
      }
      for (var part = tid; part < ${TILE * DEPTH}u; part += ${PRODUCT_THREADS}u) {
        ${place('column', bNeighbours === 'j')}
        let j = firstColumn + column;
        let k = first + term;
        var value = factor_t(0.0);
        if (j < ${N} && k < ${K}) { value = factor_t(${b}); }
        bTile[term * ${STRIDE}u + column] = value;
      }
      workgroupBarrier();
      for (var term = 0u; term < ${DEPTH}u; term++) {
        let aAt = term * ${STRIDE}u + ty;
        let bAt = term * ${STRIDE}u + tx;
        let right = vec4<f32>(vec4(bTile[bAt], bTile[bAt + 1u], bTile[bAt + 2u], bTile[bAt + 3u]));
        ${sums.map((r) => `sum${r} = fma(vec4(f32(aTile[aAt + ${r}u])), right, sum${r});`).join('\n        ')}
      }
      workgroupBarrier();
    }
    let sums = array<vec4<f32>, 4>(${sums.map((r) => `sum${r}`).join(', ')});
    let firstJ = firstColumn + tx;
    for (var r = 0u; r < 4u; r++) {
      let i = firstRow + ty + r;
      ${beforeFour}
      for (var c = 0u; c < 4u; c++) {
        let j = firstJ + c;
        if (i < ${M} && j < ${N}) {
          let value = sums[r][c];
          ${store}
        }
      }
    }
  }`;
}

/** Which number of a factor's part a thread reads: along the tile's side first, or along the terms. */
function place(side: string, alongSide: boolean): string {
  return alongSide
    ? `let ${side} = part % ${TILE}u; let term = part / ${TILE}u;`
    : `let ${side} = part / ${DEPTH}u; let term = part % ${DEPTH}u;`;
}

/** Tiles of a product of M × N numbers. */
export function tilesOf(M: number, N: number): number {
  return Math.ceil(M / TILE) * Math.ceil(N / TILE);
}
