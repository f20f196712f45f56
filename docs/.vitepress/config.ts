import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { isolation } from '../isolation';
import { benchmarkCharts } from './benchmark-charts';
import { parts } from './pages';
import { sourceSnippets } from './source-snippets';

export default defineConfig({
  title: 'tinyllm',
  description: 'Small GPTs, trained and sampled in TypeScript.',
  lang: 'en',
  base: process.env.DOCS_BASE ?? '/', // a site under a sub-path is built for it: DOCS_BASE=/tinyllm/
  cleanUrls: true,
  srcExclude: ['README.md', 'public/**'], // a model's card is one of its files
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${process.env.DOCS_BASE ?? '/'}icon.svg` }]],
  router: { prefetchLinks: false }, // a page costs what it is, not what it points to
  markdown: {
    config(md) {
      sourceSnippets(md);
      benchmarkCharts(md);
    },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  transformPageData({ relativePath, frontmatter }) {
    if (relativePath.startsWith('reference/')) frontmatter.aside = true; // long lists want their outline
  },
  themeConfig: {
    logo: '/icon.svg',
    nav: parts.map(({ text, items }) => ({
      text,
      link: items[0].link,
      activeMatch: `^(${items.map(({ link }) => link).join('|')})`,
    })),
    sidebar: [...parts],
    aside: false, // the sources take its room
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    docFooter: { prev: 'Previous', next: 'Next' },
    externalLinkIcon: true,
  },
  vite: {
    resolve: {
      // the theme brings the styles of a search service that this site does not use, a tenth of the landing page
      alias: { '@docsearch/css': fileURLToPath(new URL('theme/none.css', import.meta.url)) },
    },
    server: { headers: isolation },
    worker: { format: 'es' }, // the demos' worker loads a backend only when it is asked for
    build: { target: 'es2022', chunkSizeWarningLimit: 2000 }, // tfjs, which only the worker loads
  },
});
