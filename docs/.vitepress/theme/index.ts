import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import './style.css';

/** VitePress's own theme in our colours, with the fonts that the reader's system has. */
export default { extends: DefaultTheme } satisfies Theme;
