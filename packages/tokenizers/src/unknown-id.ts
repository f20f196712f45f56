import { TinyllmError } from '@tinyllm/common';

/** The error of every tokenizer for an id that is none of its `vocabSize`. */
export function unknownId(id: number, vocabSize: number): TinyllmError {
  return new TinyllmError(
    'tokenizer/unknown-id',
    `Token id ${id} is outside the vocabulary: ids go from 0 to ${vocabSize - 1}. ` +
      'The ids probably come from another tokenizer.',
  );
}
