/** Numbers about generated texts that need no judge. */
export { TinyllmError } from '@tinyllm/common';
export { bootstrapInterval, type Interval } from './metrics/bootstrap';
export { CopiedSpans, type CopiedText } from './metrics/copied-spans';
export { distinctN, repetitionRate, selfBleu, words } from './metrics/n-grams';
