import { TinyllmError } from '@tinyllm/common';

/** Throws `compute/id-out-of-range` unless every id but `ignored` is a row of a table of V: kernels do not look. */
export function checkIds(ids: Iterable<number>, V: number, ignored?: number): void {
  for (const id of ids) {
    if ((id < 0 || id >= V) && id !== ignored) {
      throw new TinyllmError(
        'compute/id-out-of-range',
        `There is no row ${id} in a table of ${V}. Check that the tokenizer is the one of this model.`,
      );
    }
  }
}
