/** The pages of the site in reading order. */

interface Part {
  readonly text: string;
  readonly items: [Page, ...Page[]];
}

interface Page {
  readonly text: string;
  readonly link: string;
}

export const demos: Part = {
  text: 'Demos',
  items: [
    { text: 'Tokenizers', link: '/demos/tokenizers' },
    { text: 'Bigram', link: '/demos/bigram' },
    { text: 'Train a GPT', link: '/demos/train' },
    { text: 'Sampler', link: '/demos/sampler' },
    { text: 'Inside a step', link: '/demos/inside' },
  ],
};

export const guide: Part = {
  text: 'Guide',
  items: [{ text: 'Quickstart', link: '/guide/quickstart' }],
};

export const house: Part = {
  text: 'The house',
  items: [
    { text: 'Design', link: '/design' },
    { text: 'Recipes', link: '/recipes' },
    { text: 'Benchmarks', link: '/benchmarks' },
  ],
};

/** The parts, as the navigation and the sidebar have them. */
export const parts: readonly Part[] = [demos, guide, house];
