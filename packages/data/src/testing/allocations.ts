/** What code allocates as typed arrays, whether it touches them or not. */

const kinds = ['Uint8Array', 'Int32Array'] as const;

/** Runs `work`; the elements of all `Uint8Array`s and `Int32Array`s that it made by their length, also where it throws. */
export async function allocations(
  work: () => Promise<unknown>,
): Promise<{ elements: number; error: unknown }> {
  let elements = 0;
  const originals = kinds.map((kind) => globalThis[kind]);
  for (const kind of kinds) {
    const counting = new Proxy(globalThis[kind], {
      construct(original, [length, ...rest]: unknown[]) {
        if (typeof length === 'number') elements += length;
        return Reflect.construct(original, [length, ...rest]);
      },
    });
    Object.assign(globalThis, { [kind]: counting });
  }
  const error = await work().then(
    () => undefined,
    (cause) => cause,
  );
  for (const [index, kind] of kinds.entries()) Object.assign(globalThis, { [kind]: originals[index] });
  return { elements, error };
}
