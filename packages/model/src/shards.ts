/** A checkpoint in several safetensors files, with `model.safetensors.index.json` to say which has what. */
import { TinyllmError } from '@tinyllm/common';
import type { StoredTensor, TensorSource } from './safetensors';

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
