/** Files of `../shared`, beside the repository, in Node as in a page; nothing where one of them is missing. */
export async function sharedFiles(
  folder: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
  const read = typeof process === 'object' ? readInNode : readInPage;
  try {
    return new Map(
      await Promise.all(names.map(async (name) => [name, await read(`${folder}/${name}`)] as const)),
    );
  } catch {
    return undefined;
  }
}

async function readInNode(path: string): Promise<Uint8Array> {
  const { readFile } = await import('node:fs/promises');
  return readFile(new URL(`../../../../../shared/${path}`, import.meta.url));
}

/** Through vitest's server, which reads from the root of the repository. */
async function readInPage(path: string): Promise<Uint8Array> {
  const { commands } = await import('vitest/browser');
  const base64 = await commands.readFile(`../shared/${path}`, { encoding: 'base64' });
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
