/** A checkpoint in several safetensors files, with `model.safetensors.index.json` to say which has what. */
import { TinyllmError } from '@tinyllm/common';
import type { StoredTensor, TensorSource } from './safetensors';

/** Says which file has what. */
export const SHARD_INDEX = 'model.safetensors.index.json';

/** Files of a checkpoint, each with the names of the tensors in it. */
export interface ShardPlan {
  readonly files: ReadonlyMap<string, readonly string[]>;
  /** What `model.safetensors.index.json` holds; none where there is one file. */
  readonly index?: {
    readonly metadata: { readonly total_size: number };
    readonly weight_map: Readonly<Record<string, string>>;
  };
}

/**
 * Spreads tensors of these sizes in bytes over files, named as Hugging Face names them, of at most `maxShardSize` bytes
 * of values: in their order, a larger one by itself.
 */
export function planShards(sizes: ReadonlyMap<string, number>, maxShardSize: number): ShardPlan {
  const shards: string[][] = [[]];
  let [room, total] = [maxShardSize, 0];
  for (const [name, size] of sizes) {
    if (size > room && shards.at(-1)?.length !== 0) {
      shards.push([]);
      room = maxShardSize;
    }
    shards.at(-1)?.push(name);
    room -= size;
    total += size;
  }
  if (shards.length === 1) return { files: new Map([['model.safetensors', shards[0] as string[]]]) };
  const number = (n: number): string => String(n).padStart(5, '0');
  const files = new Map(
    shards.map((names, i) => [`model-${number(i + 1)}-of-${number(shards.length)}.safetensors`, names]),
  );
  const weightMap = [...files].flatMap(([file, names]) => names.map((name) => [name, file] as const));
  return { files, index: { metadata: { total_size: total }, weight_map: Object.fromEntries(weightMap) } };
}

/**
 * The tensors of all files that `index`, the parsed index, names; `open` opens one of them. Throws
 * `safetensors/invalid-index` where it is no index or a file lacks what it should have.
 */
export function openShards(index: unknown, open: (file: string) => TensorSource): TensorSource {
  const weightMap = (index as { weight_map?: unknown } | null)?.weight_map;
  if (typeof weightMap !== 'object' || weightMap === null) throw invalid('it has no weight_map');
  const shards = new Map<string, TensorSource>();
  const owners = new Map<string, TensorSource>();
  for (const [name, file] of Object.entries(weightMap)) {
    // a name, and no path: an index may come from anywhere
    if (typeof file !== 'string' || !/^[\w.-]+\.safetensors$/.test(file))
      throw invalid(`${name} lies in ${JSON.stringify(file)}, which is not the name of a .safetensors file`);
    const shard = shards.get(file) ?? open(file);
    shards.set(file, shard);
    if (!shard.shapes.has(name)) throw invalid(`${file} has no ${name}`);
    owners.set(name, shard);
  }
  return {
    shapes: new Map([...owners].map(([name, { shapes }]) => [name, shapes.get(name) as readonly number[]])),
    read: (name, into): StoredTensor => (owners.get(name) as TensorSource).read(name, into),
  };
}

function invalid(problem: string): TinyllmError {
  return new TinyllmError(
    'safetensors/invalid-index',
    `This is not the index of a whole checkpoint: ${problem}. Download or save it again.`,
  );
}
