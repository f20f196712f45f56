import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import { defineAsyncComponent } from 'vue';
import './style.css';
import '../../src/demos/demos.css';

const demos = {
  TokenizerDemo: () => import('../../src/demos/TokenizerDemo.vue'),
  ConfigDemo: () => import('../../src/demos/ConfigDemo.vue'),
  BatchDemo: () => import('../../src/demos/BatchDemo.vue'),
  AverageDemo: () => import('../../src/demos/AverageDemo.vue'),
  DistributionDemo: () => import('../../src/demos/DistributionDemo.vue'),
  SurpriseDemo: () => import('../../src/demos/SurpriseDemo.vue'),
  BigramDemo: () => import('../../src/demos/BigramDemo.vue'),
  TrainDemo: () => import('../../src/demos/TrainDemo.vue'),
  SamplerDemo: () => import('../../src/demos/SamplerDemo.vue'),
  InsideDemo: () => import('../../src/demos/InsideDemo.vue'),
};

/** VitePress's own theme in our colours, with the fonts that the reader's system has, and the demos. */
export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    for (const [name, load] of Object.entries(demos)) app.component(name, defineAsyncComponent(load));
  },
} satisfies Theme;
