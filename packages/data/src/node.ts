/** The parts of `@tinyllm/data` that need Node: files. */
export { cacheFolder } from './node/cache';
export { type Clock, systemClock } from './node/clock';
export { type DownloadEvent, type DownloadOptions, download, type RemoteFile } from './node/download';
export { readText } from './node/read-text';
