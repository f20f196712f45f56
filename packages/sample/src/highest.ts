/**
 * The places of the `n` highest of the first `size` values, in ascending order; the earlier one among equals. Reads them
 * once, with a heap of the highest so far (its root the lowest of them): most values are no more than compared. Where one
 * is NaN, its place alone.
 */
export function placesOfHighest(values: Float32Array, n: number, size: number = values.length): Int32Array {
  const heap = new Int32Array(Math.min(n, size));
  for (let i = 0; i < heap.length; i++) {
    if (Number.isNaN(values[i])) return Int32Array.of(i);
    heap[i] = i;
  }
  for (let i = heap.length >> 1; i-- > 0; ) sink(values, heap, heap[i] as number, i);
  for (let i = firstAbove(values, heap, heap.length, size); i < size; ) {
    if (Number.isNaN(values[i])) return Int32Array.of(i);
    sink(values, heap, i, 0);
    i = firstAbove(values, heap, i + 1, size);
  }
  return heap.sort();
}

/**
 * The next place of a value above the heap's lowest. A function of its own, for V8 optimizes the one loop in which the
 * time goes apart from what follows it.
 */
function firstAbove(values: Float32Array, heap: Int32Array, from: number, size: number): number {
  const least = values[heap[0] as number] as number;
  let i = from;
  while (i < size && (values[i] as number) <= least) i++;
  return i;
}

/** Puts `place` into the heap at `at`, or below it where lower values are. */
function sink(values: Float32Array, heap: Int32Array, place: number, at: number): void {
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isLower(values, heap[child + 1] as number, heap[child] as number)) child++;
    if (!isLower(values, heap[child] as number, place)) break;
    heap[at] = heap[child] as number;
    at = child;
  }
  heap[at] = place;
}

function isLower(values: Float32Array, a: number, b: number): boolean {
  const difference = (values[a] as number) - (values[b] as number);
  return difference < 0 || (difference === 0 && a > b);
}
