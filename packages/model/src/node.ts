/** Model folders on disk: `config.json` and `model.safetensors`, whole or in shards. Node only. */
export { fileSource, type ModelFolder, openModelFolder, type ParameterFiles } from './node/model-folder';
