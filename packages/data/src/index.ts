export { type Random, TinyllmError } from '@tinyllm/common';
export { type Batch, type BatchSource, evenWindows, randomWindows, type WindowsOptions } from './batches';
export { type EpochSource, epochs } from './epochs';
export { type Split, type SplitOptions, splitText } from './split';
export {
  type BuiltInStoriesOptions,
  builtInStories,
  endOfText,
  generateStories,
  generateStory,
  type StoriesOptions,
  type StoryStatistics,
  storyLogProbability,
  storyStatistics,
} from './stories/stories';
export type { IdArray, TokenIds } from './token-ids';
