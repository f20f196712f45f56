/** The parts of `@tinyllm/data` that need Node: files. */
export { cacheFolder } from './node/cache';
export { type Clock, systemClock } from './node/clock';
export { type CorpusDefinition, corpora, corpusNames } from './node/corpora';
export { type DownloadEvent, type DownloadOptions, download, type RemoteFile } from './node/download';
export { type OpenCorpusOptions, openCorpus, type TextCorpus } from './node/open-corpus';
export type { Piece } from './node/pieces';
export { readText } from './node/read-text';
export type { SourceFile, TextSource } from './node/sources';
