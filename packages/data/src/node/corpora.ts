/** The corpora that have a name, and where their files are. */
import type { RemoteFile } from './download';

/** A corpus on the net. To add one, pin its files: a URL that never changes, the size and the SHA-256. */
export interface CorpusDefinition {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Of its texts, where it is known: as the Hugging Face hub writes it, if it does. */
  readonly license?: string;
  /** One text without documents; else its files have `<|endoftext|>` between them. */
  readonly running: boolean;
  readonly train: RemoteFile;
  readonly validation?: RemoteFile;
}

const tinyStories = (file: string, size: number, sha256: string): RemoteFile => ({
  url: `https://huggingface.co/datasets/roneneldan/TinyStories/resolve/f54c09fd23315a6f9c86f9dc80f725de7d8f9c64/${file}`,
  size,
  sha256,
});

/** Corpora by name; `stories`, the built-in one, needs no file. */
export const corpora: readonly CorpusDefinition[] = [
  {
    name: 'shakespeare',
    title: 'Tiny Shakespeare',
    license: 'public-domain', // the plays; who chose them stated none
    running: true,
    train: {
      url: 'https://raw.githubusercontent.com/karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare/input.txt',
      size: 1_115_394,
      sha256: '86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed',
    },
  },
  {
    name: 'tinystories',
    title: 'TinyStories V2 (GPT-4)',
    license: 'cdla-sharing-1.0',
    running: false,
    train: tinyStories(
      'TinyStoriesV2-GPT4-train.txt',
      2_227_753_162,
      '6418d412de72888f52b5142c761ac21a582f7d1166f0bfbdb5f03ccfdec90443',
    ),
    validation: tinyStories(
      'TinyStoriesV2-GPT4-valid.txt',
      22_502_601,
      '6874bae9a4c1a4e7edcf0e53b86c17817e9cf881fc75ff2368da457b80c0585d',
    ),
  },
  {
    name: 'tinystories-v1',
    title: 'TinyStories',
    license: 'cdla-sharing-1.0',
    running: false,
    train: tinyStories(
      'TinyStories-train.txt',
      1_924_281_556,
      'c5cf5e22ff13614e830afbe61a99fbcbe8bcb7dd72252b989fa1117a368d401f',
    ),
    validation: tinyStories(
      'TinyStories-valid.txt',
      19_447_282,
      '94e431816c4cce81ff71e4408ff8d3bda9a42e8d2663986697c3954288cb38b4',
    ),
  },
];

/** Every name that `openCorpus` knows. */
export const corpusNames: readonly string[] = ['stories', ...corpora.map(({ name }) => name)];

/** Licence of the texts of a corpus with a name, the built-in stories' being that of this package; none where it is not known. */
export function corpusLicense(name: string): string | undefined {
  return name === 'stories' ? 'mit' : corpora.find((corpus) => corpus.name === name)?.license;
}
