import { fileURLToPath } from 'node:url';
import { defineConfig, type Options } from 'tsup';

/** Named as a path, it counts as source of ours, whose types are bundled; from node_modules they would stay an import. */
const common = fileURLToPath(new URL('packages/common/src/index.ts', import.meta.url));

/** What a package exports, and what it only imports or starts as a thread by the name of its file. */
interface Entries extends Options {
  readonly entry: Record<string, string>;
  readonly inner?: Record<string, string>;
}

/**
 * How every published package is built: ES modules that are read as they are, so without source maps; types of what it
 * exports; `@tinyllm/common` bundled in.
 */
export function library({ entry, inner, ...options }: Entries): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry: { ...entry, ...inner },
    format: 'esm',
    target: 'es2022',
    dts: { entry, compilerOptions: { paths: { '@tinyllm/common': [common] } } },
    clean: true,
    noExternal: ['@tinyllm/common'],
    ...options,
  });
}
