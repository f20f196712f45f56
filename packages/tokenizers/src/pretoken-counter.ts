import { ByteStrings } from './byte-strings';
import { grown } from './grown';
import { type PretokenPattern, type Scanner, scannerOf } from './pretokenize';
import { segments, specialTokenPattern } from './special-tokens';
import { chunkEnd, TextChunks } from './text-chunks';

/** Distinct pre-tokens and how often each stands: string i is `arena[starts[i] .. starts[i + 1]]`. */
export interface PretokenCounts {
  readonly arena: Uint8Array<ArrayBuffer>;
  readonly starts: Float64Array<ArrayBuffer>;
  readonly counts: Float64Array<ArrayBuffer>;
}

/** Counts the pre-tokens of texts. Memory grows with the distinct pre-tokens, not with the texts. */
export class PretokenCounter {
  /** Texts and UTF-8 bytes read so far. */
  texts = 0;
  bytes = 0;
  readonly #pattern: PretokenPattern;
  readonly #scan: Scanner;
  readonly #specials: RegExp | undefined;
  readonly #chunks = new TextChunks();
  readonly #strings = new ByteStrings(1 << 12);
  #counts = new Float64Array(1 << 12);

  /** Throws `tokenizer/unknown-pattern`, and for special tokens as `specialTokenPattern`. */
  constructor(pattern: PretokenPattern, specialTokens: readonly string[]) {
    this.#pattern = pattern;
    this.#scan = scannerOf(pattern);
    this.#specials = specialTokenPattern(specialTokens);
  }

  /** How many distinct pre-tokens there are. */
  get distinct(): number {
    return this.#strings.size;
  }

  /** Counts the pre-tokens of one text; special tokens part it and are not counted. */
  countText(text: string): void {
    this.texts++;
    for (const segment of segments(text, this.#specials, 'encode')) {
      if (segment.special) continue;
      for (let start = 0; start < segment.text.length; ) {
        const end = chunkEnd(segment.text, start, this.#pattern);
        this.#countChunk(this.#chunks.read(segment.text, start, end));
        start = end;
      }
    }
  }

  /** Adds the counts of another counter. */
  addCounts({ arena, starts, counts }: PretokenCounts): void {
    for (const [i, count] of counts.entries())
      this.#add(arena, starts[i] as number, starts[i + 1] as number, count);
  }

  /** What was counted, in arrays of its own. */
  counts(): PretokenCounts {
    const { size } = this.#strings;
    const starts = new Float64Array(size + 1);
    for (let i = 0; i < size; i++) starts[i + 1] = (starts[i] as number) + this.#strings.get(i).length;
    const arena = new Uint8Array(starts[size] as number);
    for (let i = 0; i < size; i++) arena.set(this.#strings.get(i), starts[i]);
    return { arena, starts, counts: this.#counts.slice(0, size) };
  }

  #countChunk(end: number): void {
    this.bytes += end;
    const { bytes } = this.#chunks;
    const scan = this.#scan;
    for (let start = 0; start < end; ) {
      const stop = scan(bytes, start, end);
      this.#add(bytes, start, stop, 1);
      start = stop;
    }
  }

  #add(bytes: Uint8Array, start: number, end: number, count: number): void {
    let index = this.#strings.find(bytes, start, end);
    if (index < 0) {
      index = this.#strings.add(bytes, start, end);
      if (index === this.#counts.length) this.#counts = grown(this.#counts, index * 2);
      this.#counts[index] = 0;
    }
    this.#counts[index] = (this.#counts[index] as number) + count;
  }
}
