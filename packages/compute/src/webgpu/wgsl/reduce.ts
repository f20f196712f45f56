/**
 * `sum2(tid, v)`: the sums of a pair of numbers over all threads of a workgroup, in the same order each time. All
 * threads must call it.
 */
export function sum2(threads: number): string {
  return `
var<workgroup> sumParts: array<vec2<f32>, ${threads}>;
fn sum2(tid: u32, v: vec2<f32>) -> vec2<f32> {
  workgroupBarrier();
  sumParts[tid] = v;
  workgroupBarrier();
  for (var half = ${threads / 2}u; half > 0u; half = half / 2u) {
    if (tid < half) { sumParts[tid] += sumParts[tid + half]; }
    workgroupBarrier();
  }
  return sumParts[0];
}`;
}
