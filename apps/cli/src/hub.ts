/** Models of the Hugging Face hub, by their id. */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { modelConfig } from '@tinyllm/model';

/** What a source on the hub begins with: `hf:gpt2`. */
export const hubPrefix = 'hf:';

const whole = 'model.safetensors';
const tokenizer = 'tokenizer.json';
/** The parts of a model folder that are read here; on the hub it has much else, the same weights for other programs too. */
const readable = /^(tokenizer\.json|model(-\d+-of-\d+)?\.safetensors|model\.safetensors\.index\.json)$/;

/**
 * The folder in the hub's own cache on this machine that has the newest files of model `id`; what is there already is
 * not fetched again. The config comes first, so that a model of another family is refused before its weights come. The
 * hub is `HF_ENDPOINT` where that is set, and the cache where `HF_HOME` or `HF_HUB_CACHE` say. Throws `import/not-on-hub`,
 * `import/hub-failed`, `import/no-safetensors`, and as `modelConfig` does.
 */
export async function fetchFromHub(id: string): Promise<string> {
  if (process.env.TINYLLM_OFFLINE) {
    throw new TinyllmError(
      'import/hub-failed',
      `TINYLLM_OFFLINE is set, so ${id} is not fetched. Import a folder that is here, or unset it.`,
    );
  }
  const { downloadFileToCacheDir, HubApiError, modelInfo } = await import('@huggingface/hub');
  const hub = process.env.HF_ENDPOINT ? { hubUrl: process.env.HF_ENDPOINT } : {};
  try {
    const { name, sha, filePaths } = await modelInfo({
      name: id,
      additionalFields: ['sha', 'filePaths'],
      ...hub,
    });
    // the full name, for `gpt2` is short for another; and one commit, so that all files belong together
    const get = (path: string): Promise<string> =>
      downloadFileToCacheDir({ repo: { type: 'model', name }, revision: sha, path, ...hub });
    const config = await get('config.json');
    modelConfig(JSON.parse(await readFile(config, 'utf8')));
    for (const path of chooseFiles(id, filePaths)) await get(path);
    return dirname(config);
  } catch (error) {
    if (error instanceof TinyllmError) throw error;
    throw error instanceof HubApiError ? refused(id, error) : unreachable(id, error as Error);
  }
}

/** The tokenizer, and the weights: whole where they are, else in shards. */
function chooseFiles(id: string, paths: readonly string[]): string[] {
  const files = paths.filter((path) => readable.test(path));
  if (files.includes(whole)) return files.filter((path) => path === whole || path === tokenizer);
  if (files.some((path) => path !== tokenizer)) return files;
  throw new TinyllmError(
    'import/no-safetensors',
    `${id} has no ${whole} on the hub, and other formats can run code when they are opened. ` +
      'Open it with transformers, save it by save_pretrained, and import that folder.',
  );
}

function refused(id: string, cause: Error & { statusCode: number }): TinyllmError {
  return new TinyllmError(
    'import/not-on-hub',
    `The hub does not give ${id}: it answers ${cause.statusCode}. Check the id; a model that asks for consent must be ` +
      'downloaded with an account and imported from its folder.',
    { cause },
  );
}

function unreachable(id: string, cause: Error): TinyllmError {
  return new TinyllmError(
    'import/hub-failed',
    `${id} did not come from the hub: ${cause.message}. Try again: files that came whole are kept. Offline, import a folder.`,
    { cause },
  );
}
