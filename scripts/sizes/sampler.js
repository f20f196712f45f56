/** What a page that samples somebody's model takes of tinyllm: see .size-limit.json. */
export { useBackend } from '../../packages/compute/dist/index.js';
export { languageModel, loadModel, readLlama2c } from '../../packages/model/dist/index.js';
export { generate, sampler } from '../../packages/sample/dist/index.js';
export { fromHuggingFace, tokenizerFromJSON } from '../../packages/tokenizers/dist/index.js';
