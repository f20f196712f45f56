/** The parts of `@tinyllm/data` that need Node: files. */
export { cacheFolder } from './node/cache';
export { type Clock, systemClock } from './node/clock';
export { type CorpusDefinition, corpora, corpusLicense, corpusNames } from './node/corpora';
export { type DownloadEvent, type DownloadOptions, download, type RemoteFile } from './node/download';
export type { Encoder } from './node/encode-worker';
export type { PrepareResult } from './node/finish';
export { mergePrepared } from './node/merge-prepared';
export { jsonHash, type PartOfMany, type PreparedMeta, type SplitCounts } from './node/meta';
export { type OpenCorpusOptions, openCorpus, type TextCorpus } from './node/open-corpus';
export type { Piece } from './node/pieces';
export {
  type EncoderSpec,
  type PrepareEvent,
  type PrepareOptions,
  prepare,
} from './node/prepare';
export { readText } from './node/read-text';
export type { SourceFile, TextSource } from './node/sources';
export { planSplit, type SplitPiece, type SplitPlan, splitPieces } from './node/split-corpus';
export { openPrepared, openTokenFile, type Prepared, type TokenFile } from './node/token-file';
export { type EncodedCorpus, writePrepared } from './node/write-prepared';
