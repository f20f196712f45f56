import type { DropoutOptions } from '../../ops/dropout';

/**
 * `philox(block)`: four words of Philox4x32-10 (Salmon et al. 2011) for (`p.seedLow`, `p.seedHigh`) and (`p.streamLow`,
 * `p.streamHigh`), as `randomWords` of @tinyllm/common counts them. `kept4(first)` and `kept1(index)`: 0 or
 * `p.keptScale` for four elements of a dropout from `first` on, or one, by whether their words are below `p.threshold`.
 */
export const philoxFunctions: string = `
fn multiplyHigh(a: u32, b: u32) -> u32 {
  let aLow = a & 0xffffu;
  let bLow = b & 0xffffu;
  let aHigh = a >> 16u;
  let bHigh = b >> 16u;
  let middle = aHigh * bLow + ((aLow * bLow) >> 16u);
  let carry = aLow * bHigh + (middle & 0xffffu);
  return aHigh * bHigh + (middle >> 16u) + (carry >> 16u);
}

fn philox(block: u32) -> vec4<u32> {
  var x = vec4(block, 0u, p.streamLow, p.streamHigh);
  var key = vec2(p.seedLow, p.seedHigh);
  for (var round = 0; round < 10; round++) {
    let high = vec2(multiplyHigh(x.x, 0xd2511f53u), multiplyHigh(x.z, 0xcd9e8d57u));
    x = vec4(high.y ^ x.y ^ key.x, x.z * 0xcd9e8d57u, high.x ^ x.w ^ key.y, x.x * 0xd2511f53u);
    key += vec2(0x9e3779b9u, 0xbb67ae85u);
  }
  return x;
}

fn kept4(first: u32) -> vec4<f32> {
  let block = first / 4u;
  var words = philox(block);
  let lane = first % 4u;
  if (lane != 0u) {
    let next = philox(block + 1u);
    if (lane == 1u) { words = vec4(words.yzw, next.x); }
    else if (lane == 2u) { words = vec4(words.zw, next.xy); }
    else { words = vec4(words.w, next.xyz); }
  }
  return select(vec4(p.keptScale), vec4(0.0), words < vec4(p.threshold));
}

fn kept1(index: u32) -> f32 {
  let word = philox(index / 4u)[index % 4u];
  return select(p.keptScale, 0.0, word < p.threshold);
}`;

/** The parameters that `philoxFunctions` reads. */
export const dropoutParams = {
  seedLow: 'u32',
  seedHigh: 'u32',
  streamLow: 'u32',
  streamHigh: 'u32',
  threshold: 'u32',
  keptScale: 'f32',
} as const;

/** Their values: a word is dropped where it is below rate · 2³². */
export function dropoutValues({
  rate = 0,
  seed = 0,
  offset = 0,
}: Partial<DropoutOptions>): Record<keyof typeof dropoutParams, number> {
  const two32 = 2 ** 32;
  return {
    seedLow: seed % two32,
    seedHigh: Math.floor(seed / two32),
    streamLow: offset % two32,
    streamHigh: Math.floor(offset / two32),
    threshold: Math.min(Math.ceil(rate * two32), two32 - 1),
    keptScale: 1 / (1 - rate),
  };
}
