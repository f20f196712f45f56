import type { KernelConfig } from '@tensorflow/tfjs-core';
import type {
  CausalAttentionAttributes,
  CausalAttentionGradInputs,
  CausalAttentionInputs,
} from '../../ops/causal-attention';
import { family, type Program } from '../program';
import { dotRows, loadVector, storeVector, times, vectors } from '../wgsl/head-rows';
import { BLOCK, loadTiles, tileMemory, tileRows } from '../wgsl/head-tile';
import { dropoutParams, dropoutValues, philoxFunctions } from '../wgsl/philox';
import { parts, webgpuKernel } from './kernel';

/**
 * Causal attention with an online softmax (Milakov and Gimelshein 2018, arXiv:1805.02867; Dao et al. 2022,
 * arXiv:2205.14135): a thread has one query and its output in registers, keys and values pass through workgroup memory
 * a tile at a time, and four scores at once rescale what was summed before by the greatest so far.
 */
function forwardProgram(D: number, drops: boolean): Program {
  const V = vectors(D);
  const score = (n: number): string =>
    dotRows(
      D,
      (v) => `q${v}`,
      (v) => `tileA[at + ${n * V + v}u]`,
    );
  return {
    name: 'CausalAttention',
    reads: { qkv: 'real' },
    writes: { y: 'real', logSumExp: 'f32' },
    params: { T: 'u32', H: 'u32', scale: 'f32', ...dropoutParams },
    threads: BLOCK,
    declarations: tileMemory(D) + (drops ? philoxFunctions : ''),
    body: `
  let blocks = (p.T + ${BLOCK - 1}u) / ${BLOCK}u;
  let head = group / blocks;
  let block = blocks - 1u - group % blocks; // the longest first
  let C = p.H * ${D}u;
  let base = (head / p.H) * p.T * 3u * C + (head % p.H) * ${D}u;
  let i = block * ${BLOCK}u + tid;
  let query = min(i, p.T - 1u);
  let queryAt = base + query * 3u * C;
  ${times(V, (v) => `let q${v} = p.scale * ${loadVector(D, 'qkv', 'queryAt', v)}; var y${v} = vec4(0.0);`)}
  var top = -1e30;
  var total = 0.0;
  for (var first = 0u; first < min(p.T, (block + 1u) * ${BLOCK}u); first += ${tileRows(D)}u) {
    ${loadTiles(D, ['qkv', 'base + row * 3u * C + C'], ['qkv', 'base + row * 3u * C + 2u * C'])}
    for (var n = 0u; n < ${tileRows(D)}u; n += 4u) {
      let at = n * ${V}u;
      let key = first + n;
      let seen = vec4(key, key + 1u, key + 2u, key + 3u) <= vec4(query);
      let scores = select(vec4(-1e30), vec4(${[0, 1, 2, 3].map(score).join(',\n        ')}), seen);
      let newTop = max(top, max(max(scores.x, scores.y), max(scores.z, scores.w)));
      let shrink = exp(top - newTop);
      var weights = exp(scores - newTop);
      total = total * shrink + dot(weights, vec4(1.0));
      ${drops ? 'weights *= kept4((head * p.T + query) * p.T + key);' : ''}
      ${times(V, (v) => {
        const value = [0, 1, 2, 3].map((n) => `weights[${n}] * tileB[at + ${n * V + v}u]`).join(' + ');
        return `y${v} = y${v} * shrink + ${value};`;
      })}
      top = newTop;
    }
  }
  if (i < p.T) {
    let out = ((head / p.H) * p.T + i) * C + (head % p.H) * ${D}u;
    ${times(V, (v) => `{ let row = y${v} / total; ${storeVector(D, 'y', 'out', v, 'row')} }`)}
    logSumExp[head * p.T + i] = top + log(total);
  }`,
  };
}

/**
 * The gradient, in one dispatch: workgroups of queries, each thread summing dq over the keys that one query sees, and
 * then of keys, each thread summing dk and dv over the queries that see one key. The weights come again from the scores
 * and their log-sum-exp; with w a weight, dw = dy·v and δ = dy·y, the score's gradient is w(dw − δ).
 */
function backwardProgram(D: number, drops: boolean): Program {
  const V = vectors(D);
  const R = tileRows(D);
  const kept = drops ? 'kept1((head * p.T + query) * p.T + key)' : '1.0';
  const row = (array: string, start: string, name: string): string =>
    times(V, (v) => `let ${name}${v} = ${loadVector(D, array, start, v)};`);
  const zeros = (name: string): string => times(V, (v) => `var ${name}${v} = vec4(0.0);`);
  const addTo = (name: string, factor: string, tile: string): string =>
    times(V, (v) => `${name}${v} += ${factor} * ${tile}[at + ${v}u];`);
  const store = (name: string, start: string): string =>
    times(V, (v) => storeVector(D, 'dqkv', start, v, `${name}${v}`));
  const inTile =
    (tile: string) =>
    (v: number): string =>
      `${tile}[at + ${v}u]`;
  return {
    name: 'CausalAttentionGrad',
    reads: { dy: 'f32', qkv: 'real', y: 'real', logSumExp: 'f32' },
    writes: { dqkv: 'f32' },
    params: { T: 'u32', H: 'u32', scale: 'f32', ...dropoutParams },
    threads: BLOCK,
    declarations: `${tileMemory(D)}
var<workgroup> tileNormalizer: array<f32, ${R}>;
var<workgroup> tileDelta: array<f32, ${R}>;
${drops ? philoxFunctions : ''}`,
    body: `
  let blocks = (p.T + ${BLOCK - 1}u) / ${BLOCK}u;
  let half = p.groups / 2u;
  let head = (group % half) / blocks;
  let C = p.H * ${D}u;
  let base = (head / p.H) * p.T * 3u * C + (head % p.H) * ${D}u;
  let outBase = (head / p.H) * p.T * C + (head % p.H) * ${D}u;
  if (group < half) {
    let block = blocks - 1u - group % blocks; // the longest first
    let i = block * ${BLOCK}u + tid;
    let query = min(i, p.T - 1u);
    ${row('qkv', '(base + query * 3u * C)', 'q')}
    ${row('dy', '(outBase + query * C)', 'dy')}
    ${row('y', '(outBase + query * C)', 'y')}
    ${zeros('dq')}
    let delta = ${dotRows(
      D,
      (v) => `dy${v}`,
      (v) => `y${v}`,
    )};
    let normalizer = logSumExp[head * p.T + query];
    for (var first = 0u; first < min(p.T, (block + 1u) * ${BLOCK}u); first += ${R}u) {
      ${loadTiles(D, ['qkv', 'base + row * 3u * C + C'], ['qkv', 'base + row * 3u * C + 2u * C'])}
      for (var n = 0u; n < ${R}u; n++) {
        let key = first + n;
        if (key > query) { break; }
        let at = n * ${V}u;
        let score = p.scale * (${dotRows(D, (v) => `q${v}`, inTile('tileA'))});
        let dWeight = ${kept} * (${dotRows(D, (v) => `dy${v}`, inTile('tileB'))});
        let dScore = p.scale * exp(score - normalizer) * (dWeight - delta);
        ${addTo('dq', 'dScore', 'tileA')}
      }
    }
    if (i < p.T) { let out = base + i * 3u * C; ${store('dq', 'out')} }
    return;
  }
  let block = group % blocks;
  let j = block * ${BLOCK}u + tid;
  let key = min(j, p.T - 1u);
  ${row('qkv', '(base + key * 3u * C + C)', 'k')}
  ${row('qkv', '(base + key * 3u * C + 2u * C)', 'v')}
  ${zeros('dk')}
  ${zeros('dv')}
  for (var first = block * ${BLOCK}u; first < p.T; first += ${R}u) {
    ${loadTiles(D, ['qkv', 'base + row * 3u * C'], ['dy', 'outBase + row * C'])}
    for (var n = tid; n < ${R}u; n += ${BLOCK}u) {
      let query = min(first + n, p.T - 1u);
      let at = n * ${V}u;
      ${row('y', '(outBase + query * C)', 'y')}
      tileNormalizer[n] = logSumExp[head * p.T + query];
      tileDelta[n] = ${dotRows(D, (v) => `y${v}`, inTile('tileB'))};
    }
    workgroupBarrier();
    for (var n = 0u; n < min(${R}u, p.T - first); n++) {
      let query = first + n;
      if (query < key) { continue; }
      let at = n * ${V}u;
      let score = p.scale * (${dotRows(D, (v) => `k${v}`, inTile('tileA'))});
      let weight = exp(score - tileNormalizer[n]);
      let keep = ${kept};
      let dWeight = keep * (${dotRows(D, (v) => `v${v}`, inTile('tileB'))});
      let dScore = p.scale * weight * (dWeight - tileDelta[n]);
      ${addTo('dk', 'dScore', 'tileA')}
      ${addTo('dv', 'weight * keep', 'tileB')}
    }
  }
  if (j < p.T) { let out = base + j * 3u * C; ${store('dk', '(out + C)')} ${store('dv', '(out + 2u * C)')} }`,
  };
}

const forward = family(forwardProgram);
const backward = family(backwardProgram);

export const causalAttention: KernelConfig = webgpuKernel<CausalAttentionInputs, CausalAttentionAttributes>(
  'CausalAttention',
  (backend, { qkv }, { nHead: H, ...dropout }) => {
    const [B, T, threeC] = qkv.shape as [number, number, number];
    const D = threeC / 3 / H;
    const outputs = [backend.activations([B, T, threeC / 3]), backend.output([B, H, T])];
    const program = forward(D, (dropout.rate ?? 0) > 0);
    const params = { T, H, scale: 1 / Math.sqrt(D), ...dropoutValues(dropout) };
    backend.dispatch(program, B * H * parts(T, BLOCK), [qkv, ...outputs], params);
    return outputs;
  },
);

export const causalAttentionGrad: KernelConfig = webgpuKernel<
  CausalAttentionGradInputs,
  CausalAttentionAttributes
>('CausalAttentionGrad', (backend, { dy, qkv, y, logSumExp }, { nHead: H, ...dropout }) => {
  const [B, T, threeC] = qkv.shape as [number, number, number];
  const D = threeC / 3 / H;
  const dqkv = backend.output(qkv.shape);
  const program = backward(D, (dropout.rate ?? 0) > 0);
  const params = { T, H, scale: 1 / Math.sqrt(D), ...dropoutValues(dropout) };
  backend.dispatch(program, 2 * B * H * parts(T, BLOCK), [dy, qkv, y, logSumExp, dqkv], params);
  return [dqkv];
});
