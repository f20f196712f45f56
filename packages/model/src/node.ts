/** Model folders on disk: `config.json` and `model.safetensors`, whole or in shards. Node only. */
export { fileSource, openModelFolder } from './node/model-folder';
