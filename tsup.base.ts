import { defineConfig, type Options } from 'tsup';

/** How every published package is built: ES modules with types and source maps; `@tinyllm/common` is bundled in. */
export function library(options: Options): ReturnType<typeof defineConfig> {
  return defineConfig({
    format: 'esm',
    target: 'es2022',
    dts: { resolve: ['@tinyllm/common'] },
    sourcemap: true,
    clean: true,
    noExternal: ['@tinyllm/common'],
    ...options,
  });
}
