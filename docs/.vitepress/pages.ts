/** The pages of the site in reading order. */

interface Part {
  readonly text: string;
  readonly items: [Page, ...Page[]];
}

interface Page {
  readonly text: string;
  readonly link: string;
}

export const course: Part = {
  text: 'Course',
  items: [
    { text: '1. What a language model is', link: '/course/1-language-models' },
    { text: '2. Configuring one', link: '/course/2-configuring' },
    { text: '3. Data', link: '/course/3-data' },
    { text: '4. The architecture', link: '/course/4-architecture' },
    { text: '5. Training', link: '/course/5-training' },
    { text: '6. Inference', link: '/course/6-inference' },
    { text: '7. Evaluating', link: '/course/7-evaluating' },
    { text: 'From a bigram to a GPT', link: '/course/bigram-to-gpt' },
    { text: 'Four bugs, and how they show', link: '/course/bugs' },
  ],
};

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
  items: [
    { text: 'Quickstart', link: '/guide/quickstart' },
    { text: 'In your own app', link: '/guide/your-app' },
    { text: 'Your own data', link: '/guide/your-data' },
    { text: 'Backends and speed', link: '/guide/backends' },
    { text: 'To and from Python', link: '/guide/python' },
    { text: 'Outgrowing one machine', link: '/guide/outgrow-one-machine' },
    { text: 'Threads in a page', link: '/guide/isolation' },
  ],
};

/** What TypeDoc makes of the doc comments, a page a package. */
export const reference: Part = {
  text: 'Reference',
  items: [
    { text: 'tokenizers', link: '/reference/@tinyllm/tokenizers' },
    { text: 'data', link: '/reference/@tinyllm/data' },
    { text: 'compute', link: '/reference/@tinyllm/compute' },
    { text: 'model', link: '/reference/@tinyllm/model' },
    { text: 'train', link: '/reference/@tinyllm/train' },
    { text: 'sample', link: '/reference/@tinyllm/sample' },
  ],
};

export const house: Part = {
  text: 'The house',
  items: [
    { text: 'Design', link: '/design' },
    { text: 'Recipes', link: '/recipes' },
    { text: 'Runs of the recipes', link: '/recipe-runs' },
    { text: 'Benchmarks', link: '/benchmarks' },
    { text: 'Backends agree', link: '/agreement' },
    { text: 'Dependencies', link: '/dependencies' },
  ],
};

/** The parts, as the navigation and the sidebar have them. */
export const parts: readonly Part[] = [course, demos, guide, reference, house];
