import type { TrainingEvent } from '../worker/protocol';

/** Tokens a second over the last steps, without the time that evaluating, sampling and saving took. */
export class Speed {
  #last: { readonly tokensSeen: number; readonly time: number } | undefined;

  /** Takes the next event at `time`, in milliseconds; gives the speed where two steps come in a row. */
  after(event: TrainingEvent, time: number): number | undefined {
    if (event.type !== 'step') {
      this.#last = undefined;
      return undefined;
    }
    const last = this.#last;
    this.#last = { tokensSeen: event.tokensSeen, time };
    return last && ((event.tokensSeen - last.tokensSeen) / (time - last.time)) * 1000;
  }
}
