/** Round numbers from `low` to `high`, at most about `count` of them: multiples of 1, 2 or 5 times a power of ten. */
export function ticks(low: number, high: number, count: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((multiple) => multiple * power >= rough) ?? 10);
  const found: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    found.push(Number((i * step).toPrecision(12))); // 0.30000000000000004 is 0.3
  }
  return found;
}

/** A mean that follows `values`, the first as it is: exponential, over about `span` of them. */
export function smoothed(values: readonly number[], span: number): number[] {
  const keep = Math.max(0, 1 - 2 / (span + 1));
  let [sum, weight] = [0, 0];
  return values.map((value) => {
    sum = keep * sum + value;
    weight = keep * weight + 1;
    return sum / weight;
  });
}
