export { TinyllmError } from './error';
export { createRandom, philox, type Random, randomWords } from './random';
