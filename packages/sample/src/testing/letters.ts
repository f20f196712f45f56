/** Small models and tokenizers whose texts are known beforehand. */
import type { LanguageModel, TextTokenizer } from '../language-model';

/** Everything that a test wants to know of a model that was used. */
export interface Watched extends LanguageModel {
  /** What each row's window holds. */
  readonly windows: number[][];
  /** What each call of `append` read, by row. */
  readonly reads: number[][][];
  disposed: number;
}

/** A model whose logits follow from what a row's window holds, and from how often `append` was called before. */
export function watchedModel(
  vocabSize: number,
  blockSize: number,
  logits: (window: readonly number[], row: number, call: number) => ArrayLike<number>,
): Watched {
  const model: Watched = {
    vocabSize,
    blockSize,
    windows: [],
    reads: [],
    disposed: 0,
    decode(batchSize = 1) {
      const windows = Array.from({ length: batchSize }, (): number[] => []);
      model.windows.splice(0, Infinity, ...windows);
      let calls = 0;
      return {
        get lengths() {
          return windows.map(({ length }) => length);
        },
        async append(ids) {
          model.reads.push(ids.map((row) => [...row]));
          const call = calls++;
          return windows.map((window, row) => {
            const added = ids[row] as Int32Array;
            if (added.length === 0) return undefined;
            window.push(...added);
            if (window.length > blockSize) throw new Error('The window is full.');
            return Float32Array.from(logits(window, row, call));
          });
        },
        truncate: (row, length) => void (windows[row] as number[]).splice(length),
        dispose: () => void model.disposed++,
      };
    },
  };
  return model;
}

/** Says a to h over and over: the logit of the next letter is 3, of every other 0. */
export function alphabet(blockSize = 4): Watched {
  return watchedModel(8, blockSize, (window) =>
    Array.from({ length: 8 }, (_, id) => (id === ((window.at(-1) as number) + 1) % 8 ? 3 : 0)),
  );
}

/** Says `script[row]` whatever it has read, over and over. */
export function scripted(vocabSize: number, ...script: (readonly number[])[]): Watched {
  return watchedModel(vocabSize, 1000, (_window, row, call) => {
    const ids = script[row] as readonly number[];
    const logits = new Float32Array(vocabSize);
    logits[ids[call % ids.length] as number] = 50;
    return logits;
  });
}

/** A tokenizer of these texts, which encodes a text by its single characters. */
export function tokenizerOf(texts: readonly string[]): TextTokenizer {
  return {
    vocabSize: texts.length,
    encode: (text) => Int32Array.from(text, (character) => texts.indexOf(character)),
    decode: (ids) => Array.from(ids, (id) => texts[id]).join(''),
    decodeStream: () => ({ push: (id) => texts[id] as string }),
  };
}

/** Of the letters a to h. */
export const letters: TextTokenizer = tokenizerOf([...'abcdefgh']);

/** Of the 256 bytes of UTF-8. */
export const bytes: TextTokenizer = {
  vocabSize: 256,
  encode: (text) => Int32Array.from(new TextEncoder().encode(text)),
  decode: (ids) => new TextDecoder().decode(Uint8Array.from(ids)),
  decodeStream() {
    const decoder = new TextDecoder();
    return { push: (id) => decoder.decode(Uint8Array.of(id), { stream: true }) };
  },
};
