import { openCorpus, planSplit, splitPieces } from '@tinyllm/data/node';
import {
  bootstrapInterval,
  CopiedSpans,
  distinctN,
  type Interval,
  repetitionRate,
  selfBleu,
  words,
} from '@tinyllm/sample/metrics';
import type { JudgedStory } from './judge-folder';
import { Progress } from './progress';

/** What can be said of texts without a judge. */
export interface OfflineMetrics {
  readonly texts: number;
  readonly words: Interval;
  /** The share of texts that came to end-of-text. */
  readonly endRate: number;
  /** Distinct 1-, 2- and 3-grams. */
  readonly distinct: readonly number[];
  readonly selfBleu: number;
  /** The share of 4-grams that the same text had before. */
  readonly repetition: number;
  /** The share of words in spans of at least `minLength` words that stand in the training text too. */
  readonly copied?: Copied;
}

/** What of the texts stands in a corpus. */
interface Copied {
  readonly rate: number;
  /** Words of the longest span. */
  readonly longest: number;
  readonly minLength: number;
  readonly from: string;
}

/** Words of a span that counts as copied; shorter ones are the phrases of any story. */
const MIN_LENGTH = 12;

/** Measures `stories`; `data` is the corpus, by name or path, in whose training text to look for copied spans. */
export async function offlineMetrics(
  stories: readonly JudgedStory[],
  { data, json }: { readonly data: string | undefined; readonly json: boolean },
): Promise<OfflineMetrics> {
  const texts = stories.map(({ completion }) => words(completion));
  return {
    texts: texts.length,
    words: bootstrapInterval(
      texts.map(({ length }) => length),
      { seed: 0 },
    ),
    endRate: stories.filter(({ ended }) => ended).length / stories.length,
    distinct: [1, 2, 3].map((n) => distinctN(texts, n)),
    selfBleu: selfBleu(texts),
    repetition: repetitionRate(texts, 4),
    ...(data === undefined ? {} : { copied: await copiedFrom(data, texts, json) }),
  };
}

async function copiedFrom(
  data: string,
  texts: readonly (readonly string[])[],
  json: boolean,
): Promise<Copied> {
  const ids = new Map<string, number>();
  for (const word of texts.flat()) if (!ids.has(word)) ids.set(word, ids.size);
  const spans = new CopiedSpans(texts.map((text) => text.map((word) => ids.get(word) as number)));
  const progress = new Progress({ json });
  const corpus = await openCorpus(data, { onProgress: progress.tell }).finally(() => progress.done());
  for await (const { split, text } of splitPieces(corpus, await planSplit(corpus, 0.1))) {
    if (split === 'train') spans.read(words(text).map((word) => ids.get(word) ?? Number.NEGATIVE_INFINITY));
  }
  const copied = spans.copied({ minLength: MIN_LENGTH });
  const all = texts.reduce((sum, { length }) => sum + length, 0);
  return {
    rate: copied.reduce((sum, { rate }, i) => sum + rate * (texts[i]?.length ?? 0), 0) / all,
    longest: Math.max(0, ...copied.map(({ longest }) => longest)),
    minLength: MIN_LENGTH,
    from: corpus.name,
  };
}
