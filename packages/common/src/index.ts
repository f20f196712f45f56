export { TinyllmError } from './error';
export { macrotask } from './macrotask';
export { createRandom, philox, type Random, randomWords } from './random';
