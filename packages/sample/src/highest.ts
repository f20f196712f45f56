/**
 * The places of the `n` highest of the first `size` values, in ascending order; the earlier one among equals. Reads them
 * once, with a heap of the highest so far (its root the lowest of them): most values are no more than compared.
 */
export function placesOfHighest(values: Float32Array, n: number, size: number = values.length): Int32Array {
  const heap = new Int32Array(Math.min(n, size));
  const before = (a: number, b: number): boolean => {
    const difference = (values[a] as number) - (values[b] as number);
    return difference < 0 || (difference === 0 && a > b);
  };
  const sink = (place: number, from: number, length: number): void => {
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && before(heap[child + 1] as number, heap[child] as number)) child++;
      if (!before(heap[child] as number, place)) break;
      heap[at] = heap[child] as number;
      at = child;
    }
    heap[at] = place;
  };
  for (let i = 0; i < heap.length; i++) heap[i] = i;
  for (let i = heap.length >> 1; i-- > 0; ) sink(heap[i] as number, i, heap.length);
  let least = values[heap[0] as number] as number;
  for (let i = heap.length; i < size; i++) {
    if (!((values[i] as number) > least)) continue;
    sink(i, 0, heap.length);
    least = values[heap[0] as number] as number;
  }
  return heap.sort();
}
