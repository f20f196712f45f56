/** The worker thread of `prepare`: imports the encoder it is told to, and encodes the blocks it is sent. */
import { parentPort, workerData } from 'node:worker_threads';
import { TinyllmError } from '@tinyllm/common';
import type { TextBlock } from './blocks-of-text';
import { dtypeFor } from './meta';

/** Text to token ids. */
export interface Encoder {
  /** Special tokens spelled in `text` should be read as ordinary text: who wrote it is not known. */
  encode(text: string): ArrayLike<number>;
}

/** What a worker is started with. */
export interface EncodeSettings {
  /** URL of a module that exports `createEncoder(options): Encoder | Promise<Encoder>`. */
  readonly module: string;
  readonly options: unknown;
  readonly vocabSize: number;
  /** The id behind every document; −1 for none. */
  readonly separator: number;
}

export type EncodeRequest = Pick<TextBlock, 'texts' | 'ends'>;

export type EncodeAnswer =
  | {
      readonly type: 'encoded';
      readonly ids: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
      readonly documents: number;
    }
  | { readonly type: 'failed'; readonly code: string | undefined; readonly message: string };

const { module, options, vocabSize, separator } = workerData as EncodeSettings;
const encoder: Promise<Encoder> = import(module).then(({ createEncoder }) => createEncoder(options));
encoder.catch(() => {}); // told with the first block

parentPort?.on('message', async (request: EncodeRequest) => {
  try {
    const answer = encode(await encoder, request);
    parentPort?.postMessage(answer, [answer.ids.buffer]);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    parentPort?.postMessage({
      type: 'failed',
      code,
      message: message ?? String(error),
    } satisfies EncodeAnswer);
  }
});

function encode(
  encoder: Encoder,
  { texts, ends }: EncodeRequest,
): Extract<EncodeAnswer, { type: 'encoded' }> {
  let ids = new Uint32Array(texts.reduce((sum, { length }) => sum + length + 1, 0)); // enough for most encoders
  let length = 0;
  let documents = 0;
  for (const [index, text] of texts.entries()) {
    const tokens = encoder.encode(text);
    if (length + tokens.length + 1 > ids.length) {
      const larger = new Uint32Array((length + tokens.length) * 2 + 1);
      larger.set(ids);
      ids = larger;
    }
    for (let i = 0; i < tokens.length; i++) {
      const id = tokens[i] as number;
      if (!(id >= 0 && id < vocabSize)) throw outside(id);
      ids[length++] = id;
    }
    if (!ends[index]) continue;
    if (separator >= 0) ids[length++] = separator;
    documents++;
  }
  const used = ids.subarray(0, length);
  return {
    type: 'encoded',
    ids: dtypeFor(vocabSize) === 'uint16' ? Uint16Array.from(used) : used.slice(),
    documents,
  };
}

function outside(id: number): TinyllmError {
  return new TinyllmError(
    'data/id-outside-vocabulary',
    `The encoder gave the id ${id}, but vocabSize is ${vocabSize}. Pass the vocabSize of the encoder's tokenizer.`,
  );
}
