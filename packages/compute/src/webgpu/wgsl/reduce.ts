/** Threads that share a row in `sumLanes`. */
export const LANES = 32;

/**
 * `sum2(tid, v)`: the sums of a pair of numbers over all threads of a workgroup, in the same order each time, in two
 * stages: barriers cost more than additions. All threads must call it.
 */
export function sum2(threads: number): string {
  const stage = 16;
  return `
var<workgroup> sumParts: array<vec2<f32>, ${threads}>;
var<workgroup> sumStage: array<vec2<f32>, ${stage}>;
fn sum2(tid: u32, v: vec2<f32>) -> vec2<f32> {
  sumParts[tid] = v;
  workgroupBarrier();
  if (tid < ${stage}u) {
    var part = vec2(0.0);
    for (var i = tid; i < ${threads}u; i += ${stage}u) { part += sumParts[i]; }
    sumStage[tid] = part;
  }
  workgroupBarrier();
  var total = vec2(0.0);
  for (var i = 0u; i < ${stage}u; i++) { total += sumStage[i]; }
  return total;
}`;
}

/** `sumLanes(tid, v)`: the same for each LANES neighbouring threads on their own. All threads must call it. */
export function sumLanes(threads: number): string {
  return `
var<workgroup> laneParts: array<vec2<f32>, ${threads}>;
fn sumLanes(tid: u32, v: vec2<f32>) -> vec2<f32> {
  workgroupBarrier();
  laneParts[tid] = v;
  workgroupBarrier();
  let first = tid / ${LANES}u * ${LANES}u;
  var total = vec2(0.0);
  for (var lane = 0u; lane < ${LANES}u; lane++) { total += laneParts[first + lane]; }
  return total;
}`;
}
