/** The files that a reader chooses or drops, folders with all that is in them, by path. */

type Files = ReadonlyMap<string, Uint8Array>;

/** Of an `<input type="file">`; where a folder is chosen, its files have paths. */
export async function chosenFiles(list: FileList | null): Promise<Files> {
  return contents([...(list ?? [])].map((file) => [file.webkitRelativePath || file.name, file]));
}

/** Of something dropped. Its entries are gone after the event, so they are asked for before anything is awaited. */
export async function droppedFiles(transfer: DataTransfer | null): Promise<Files> {
  const entries = [...(transfer?.items ?? [])].map((item) => item.webkitGetAsEntry());
  const files = await Promise.all(entries.map((entry) => (entry ? filesUnder(entry) : [])));
  return contents(files.flat());
}

async function filesUnder(entry: FileSystemEntry): Promise<[string, File][]> {
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [[entry.fullPath.slice(1), file]];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: [string, File][] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return found; // it gives a hundred at a time
    found.push(...(await Promise.all(some.map(filesUnder))).flat());
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

async function contents(files: readonly (readonly [string, File])[]): Promise<Files> {
  const read = files.map(async ([path, file]) => [path, new Uint8Array(await file.arrayBuffer())] as const);
  return new Map(await Promise.all(read));
}
