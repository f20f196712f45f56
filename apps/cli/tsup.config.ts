import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/main.ts', 'src/encoder.ts'], // threads of `prepare` import the encoder by its name
  format: 'esm',
  target: 'es2022',
  clean: true,
  noExternal: ['@tinyllm/common'],
  external: ['@resvg/resvg-js'], // optional, and native
});
