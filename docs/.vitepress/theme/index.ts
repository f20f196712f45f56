import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import { defineAsyncComponent } from 'vue';
import './style.css';
import '../../src/demos/demos.css';

/** VitePress's own theme in our colours, with the fonts that the reader's system has, and the demos. */
export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component(
      'TokenizerDemo',
      defineAsyncComponent(() => import('../../src/demos/TokenizerDemo.vue')),
    );
    app.component(
      'BigramDemo',
      defineAsyncComponent(() => import('../../src/demos/BigramDemo.vue')),
    );
  },
} satisfies Theme;
