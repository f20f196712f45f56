/** A set of strings that is told apart by all their ends: a suffix automaton (Blumer et al. 1985). */
interface State {
  /** The length of the longest string that leads here. */
  readonly length: number;
  /** The state of the longest end of it that leads elsewhere. */
  link: number;
  readonly next: Map<number, number>;
  /** The longest end of it that was seen in the texts that were read. */
  seen: number;
}

/** What of one text stands in the texts that were read. */
export interface CopiedText {
  /** Tokens of the longest span. */
  readonly longest: number;
  /** The share of the text's tokens in spans of at least `minLength` tokens. */
  readonly rate: number;
}

/**
 * Finds what of some texts stands in other, far longer ones, say in those a model was trained on. It holds the texts,
 * not the others, which are read once, as they come: 10 million tokens a second or more, whatever the texts.
 */
export class CopiedSpans {
  readonly #states: State[] = [{ length: 0, link: -1, next: new Map(), seen: 0 }];
  readonly #texts: readonly ArrayLike<number>[];
  /** The state after each token of each text. */
  readonly #path: number[][] = [];
  #state = 0;
  #length = 0;

  /** `texts` as token ids, from 0 up. */
  constructor(texts: readonly ArrayLike<number>[]) {
    this.#texts = texts;
    let last = 0;
    for (const [i, text] of texts.entries()) {
      const path: number[] = [];
      for (let j = 0; j < text.length; j++) {
        last = this.#extend(last, text[j] as number);
        path.push(last);
      }
      this.#path.push(path);
      last = this.#extend(last, -1 - i); // no text that is read has it, so that no span passes from text to text
    }
  }

  /** Reads the next tokens; spans may begin in those of the call before. */
  read(ids: ArrayLike<number>): void {
    const states = this.#states;
    let at = this.#state;
    let length = this.#length;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] as number;
      let state = states[at] as State;
      let next = state.next.get(id);
      while (next === undefined && at > 0) {
        at = state.link;
        state = states[at] as State;
        length = state.length;
        next = state.next.get(id);
      }
      if (next === undefined) continue;
      at = next;
      length++;
      const reached = states[at] as State;
      if (length > reached.seen) reached.seen = length;
    }
    this.#state = at;
    this.#length = length;
  }

  /** What of each text was in what has been read so far. */
  copied({ minLength }: { readonly minLength: number }): CopiedText[] {
    const states = this.#states;
    const seen = states.map((state) => state.seen);
    const byLength = [...states.keys()].sort(
      (a, b) => (states[b] as State).length - (states[a] as State).length,
    );
    for (const s of byLength) {
      const { link } = states[s] as State;
      if (link > 0 && seen[s]) seen[link] = (states[link] as State).length; // an end of what was seen was seen
    }
    return this.#texts.map((text, i) => {
      let longest = 0;
      let copied = 0;
      let reach = text.length; // the first token that is known to be copied, from the end
      for (let end = text.length; end > 0; end--) {
        let s = this.#path[i]?.[end - 1] as number;
        while (s > 0 && !seen[s]) s = (states[s] as State).link;
        const span = seen[s] as number;
        longest = Math.max(longest, span);
        if (span < minLength) continue;
        const start = end - span;
        if (start < reach) copied += Math.min(end, reach) - start;
        reach = Math.min(reach, start);
      }
      return { longest, rate: text.length === 0 ? 0 : copied / text.length };
    });
  }

  /** The state of the text so far, which led to `last`, and then `id`. */
  #extend(last: number, id: number): number {
    const states = this.#states;
    const created = this.#add({
      length: (states[last] as State).length + 1,
      link: 0,
      next: new Map(),
      seen: 0,
    });
    let p = last;
    for (; p >= 0 && !states[p]?.next.has(id); p = (states[p] as State).link)
      states[p]?.next.set(id, created);
    if (p < 0) return created;
    const q = states[p]?.next.get(id) as number;
    const { length } = states[p] as State;
    if ((states[q] as State).length === length + 1) {
      (states[created] as State).link = q;
      return created;
    }
    const { link, next } = states[q] as State;
    const clone = this.#add({ length: length + 1, link, next: new Map(next), seen: 0 });
    for (; p >= 0 && states[p]?.next.get(id) === q; p = (states[p] as State).link)
      states[p]?.next.set(id, clone);
    (states[q] as State).link = clone;
    (states[created] as State).link = clone;
    return created;
  }

  #add(state: State): number {
    return this.#states.push(state) - 1;
  }
}
