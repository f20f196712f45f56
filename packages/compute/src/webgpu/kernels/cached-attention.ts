import type { KernelConfig } from '@tensorflow/tfjs-core';
import type { AttendCachedAttributes, AttendCachedInputs } from '../../ops/cached-attention';
import { family, type Program } from '../program';
import { webgpuKernel } from './kernel';

const THREADS = 64;
/** Keys whose weights are in workgroup memory at once. */
const KEYS = 256;

/**
 * A workgroup for each head of each new position. It writes the position's key and value into the cache, once for a
 * group of heads, and attends to what the cache had and to the new positions of its own row, which it reads from qkv:
 * so nothing is read that another workgroup writes. First its threads share out the keys, then the numbers of the output.
 */
function attendProgram(D: number): Program {
  const own = Math.ceil(D / THREADS);
  return {
    name: 'AttendCached',
    reads: { qkv: 'f32', places: 'i32' },
    writes: { keys: 'f32', values: 'f32', y: 'f32' },
    params: { H: 'u32', K: 'u32', S: 'u32', scale: 'f32' },
    threads: THREADS,
    declarations: `
var<workgroup> query: array<f32, ${D}>;
var<workgroup> weights: array<f32, ${KEYS}>;
var<workgroup> tops: array<f32, ${THREADS}>;`,
    body: `
  let n = group / p.H;
  let h = group % p.H;
  let kvHead = h / (p.H / p.K);
  let width = (p.H + 2u * p.K) * ${D}u;
  let row = u32(places[4u * n]);
  let position = u32(places[4u * n + 1u]);
  let firstNew = u32(places[4u * n + 2u]);
  let newAt = u32(places[4u * n + 3u]) * width + (p.H + kvHead) * ${D}u; // the new keys; values lie K heads on
  let cacheAt = (row * p.K + kvHead) * p.S * ${D}u;
  for (var d = tid; d < ${D}u; d += ${THREADS}u) {
    query[d] = p.scale * qkv[n * width + h * ${D}u + d];
    if (h % (p.H / p.K) == 0u) {
      let source = newAt + (position - firstNew) * width + d;
      keys[cacheAt + position * ${D}u + d] = qkv[source];
      values[cacheAt + position * ${D}u + d] = qkv[source + p.K * ${D}u];
    }
  }
  var sums = array<f32, ${own}>();
  var top = -1e30;
  var total = 0.0;
  for (var first = 0u; first <= position; first += ${KEYS}u) {
    workgroupBarrier();
    var ownTop = -1e30;
    for (var t = tid; t < ${KEYS}u; t += ${THREADS}u) {
      let j = first + t;
      var score = -1e30;
      if (j < firstNew) {
        score = 0.0;
        for (var d = 0u; d < ${D}u; d++) { score += query[d] * keys[cacheAt + j * ${D}u + d]; }
      } else if (j <= position) {
        score = 0.0;
        for (var d = 0u; d < ${D}u; d++) { score += query[d] * qkv[newAt + (j - firstNew) * width + d]; }
      }
      weights[t] = score;
      ownTop = max(ownTop, score);
    }
    tops[tid] = ownTop;
    workgroupBarrier();
    var newTop = top;
    for (var t = 0u; t < ${THREADS}u; t++) { newTop = max(newTop, tops[t]); }
    for (var t = tid; t < ${KEYS}u; t += ${THREADS}u) { weights[t] = exp(weights[t] - newTop); }
    workgroupBarrier();
    let shrink = exp(top - newTop);
    top = newTop;
    total *= shrink;
    for (var part = 0u; part < ${own}u; part++) { sums[part] *= shrink; }
    for (var t = 0u; t < min(${KEYS}u, position + 1u - first); t++) {
      let j = first + t;
      total += weights[t];
      for (var part = 0u; part < ${own}u; part++) {
        let d = min(part * ${THREADS}u + tid, ${D - 1}u);
        var value = 0.0;
        if (j < firstNew) { value = values[cacheAt + j * ${D}u + d]; }
        else { value = qkv[newAt + (j - firstNew) * width + p.K * ${D}u + d]; }
        sums[part] += weights[t] * value;
      }
    }
  }
  for (var part = 0u; part < ${own}u; part++) {
    let d = part * ${THREADS}u + tid;
    if (d < ${D}u) { y[(n * p.H + h) * ${D}u + d] = sums[part] / total; }
  }`,
  };
}

const attend = family(attendProgram);

export const attendCached: KernelConfig = webgpuKernel<AttendCachedInputs, AttendCachedAttributes>(
  'AttendCached',
  (backend, { qkv, keys, values }, { runs }) => {
    const [, K, S, D] = keys.shape as [number, number, number, number];
    const [N, width] = qkv.shape as [number, number];
    const H = width / D - 2 * K;
    const table: number[] = [];
    for (let run = 0; run < runs.length; run += 3) {
      const [row, first, count] = runs.slice(run, run + 3) as [number, number, number];
      const start = table.length / 4;
      for (let i = 0; i < count; i++) table.push(row, first + i, first, start);
    }
    const places = backend.makeTensorInfo([N, 4], 'int32', Int32Array.from(table));
    const y = backend.output([N, H * D]);
    const params = { H, K, S, scale: 1 / Math.sqrt(D) };
    backend.dispatch(attend(D), N * H, [qkv, places, keys, values, y], params);
    backend.disposeData(places.dataId);
    return [y];
  },
);
