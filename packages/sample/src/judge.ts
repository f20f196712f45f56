/** A language model as the judge of others' stories, over the protocol of OpenAI. */
export { TinyllmError } from '@tinyllm/common';
export type { AgeGroup, Comparison, Criterion, Grade, Usage } from './judge/answers';
export { type JudgeEvent, type Judgement, type JudgeOptions, judge } from './judge/judge';
export { type JudgeSummary, summarize } from './judge/summary';
export { type JudgeTask, judgeTasks, type Story } from './judge/tasks';
