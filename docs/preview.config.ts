import { defineConfig } from 'vite';
import { isolation } from './isolation';

/** Serves the built site as a host would that sends the headers of cross-origin isolation. */
export default defineConfig({
  base: process.env.DOCS_BASE ?? '/',
  appType: 'mpa',
  build: { outDir: '.vitepress/dist' },
  preview: { headers: isolation },
});
