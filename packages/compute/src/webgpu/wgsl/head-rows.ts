/** Lines of WGSL, one for each of `count`. */
export function times(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join('\n');
}

/** How the rows of heads of width D lie in registers: in vectors of four, the last filled up with zeros. */
export function vectors(D: number): number {
  return Math.ceil(D / 4);
}

/** WGSL for vector `i` of the D numbers of `array` from `start` on. */
export function loadVector(D: number, array: string, start: string, i: number): string {
  const numbers = [0, 1, 2, 3].map((c) =>
    4 * i + c < D ? `f32(${array}[${start} + ${4 * i + c}u])` : '0.0',
  );
  return `vec4(${numbers.join(', ')})`;
}

/** WGSL that stores `vector` there. */
export function storeVector(D: number, array: string, start: string, i: number, vector: string): string {
  return [0, 1, 2, 3]
    .filter((c) => 4 * i + c < D)
    .map((c) => `${array}[${start} + ${4 * i + c}u] = ${array}_t(${vector}[${c}]);`)
    .join(' ');
}

/** WGSL for the product of two rows, whose vectors are `a(i)` and `b(i)`. */
export function dotRows(D: number, a: (i: number) => string, b: (i: number) => string): string {
  return Array.from({ length: vectors(D) }, (_, i) => `dot(${a(i)}, ${b(i)})`).join(' + ');
}
