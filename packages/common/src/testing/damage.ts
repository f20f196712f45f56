/** Files as a careless or a hostile writer may leave them, and how readers must take them: whole, or with an error of ours. */
import fc from 'fast-check';
import { TinyllmError } from '../error';

/** Cases of each fuzz suite: few beside the other tests; `pnpm fuzz` sets more. */
const CASES = Number(process.env.TINYLLM_FUZZ_CASES ?? 2000);
/** Which cases: `pnpm fuzz [cases] [seed]` sets others. */
const SEED = Number(process.env.TINYLLM_FUZZ_SEED ?? 1);

/** What may stand where a number, a name or a bracket of JSON was. */
const words = [
  '-1',
  '0',
  '1e999',
  '4294967296',
  '9007199254740991',
  '9007199254740993',
  '1.5',
  'null',
  'true',
  '""',
  '"x"',
  '[]',
  '{}',
  '"toString"',
  '"__proto__"',
  '"__proto__":{"polluted":1},',
  '"constructor"',
  '[0,8,8]',
  '[[[[',
  ']',
  '}',
  ',',
  '\n',
  '\u0000',
  '\\',
  '"\ud83d\ude00"',
].map((word) => new TextEncoder().encode(word));

/** Numbers of four bytes at which sums and sizes go wrong. */
const numbers = [0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff].map((number) =>
  Uint8Array.of(number, number >>> 8, number >>> 16, number >>> 24),
);

/** An edit of a file: how many bytes go at a place, and which come there; at most so many bytes of the file are kept. */
interface Edit {
  readonly at: number;
  readonly removed: number;
  readonly added: Uint8Array;
  readonly kept: number;
}

/** `file` with one to three edits, in its first `focus` bytes nine times of ten. */
export function damaged(file: Uint8Array, focus: number = file.length): fc.Arbitrary<Uint8Array> {
  const all = file.length;
  const place = fc.oneof(
    { weight: 9, arbitrary: fc.nat({ max: focus }) },
    { weight: 1, arbitrary: fc.nat({ max: all }) },
  );
  const whole = fc.constant(all * 2);
  const none = fc.constant(new Uint8Array());
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc.record({
      at: place,
      removed: fc.constant(1),
      added: fc.uint8Array({ minLength: 1, maxLength: 1 }),
      kept: whole,
    }),
    fc.record({ at: place, removed: fc.constant(0), added: none, kept: place }),
    fc.record({ at: place, removed: fc.nat({ max: 40 }), added: none, kept: whole }),
    fc.record({ at: place, removed: fc.nat({ max: 4 }), added: fc.constantFrom(...words), kept: whole }),
    fc.record({ at: place, removed: fc.constant(4), added: fc.constantFrom(...numbers), kept: whole }),
    fc.record({ at: place, removed: fc.constant(0), added: partOf(file), kept: whole }),
  );
  return fc.array(edit, { minLength: 1, maxLength: 3 }).map((edits) => edits.reduce(apply, file));
}

function partOf(file: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.nat({ max: file.length }), fc.nat({ max: 40 }))
    .map(([start, length]) => file.slice(start, start + length));
}

function apply(file: Uint8Array, { at, removed, added, kept }: Edit): Uint8Array {
  const start = file.subarray(0, at);
  const end = file.subarray(at + removed);
  const edited = new Uint8Array(start.length + added.length + end.length);
  edited.set(start);
  edited.set(added, start.length);
  edited.set(end, start.length + added.length);
  return edited.subarray(0, kept);
}

/** How many cases were read and how many refused. */
export interface Outcomes {
  read: number;
  refused: number;
}

/**
 * Reads many cases: each must be read or refused by a `TinyllmError` whose code `refusal` matches, and none may give
 * objects a property. A case that fails is made small and shown by fast-check.
 */
export async function readOrRefuse<Case>(
  cases: fc.Arbitrary<Case>,
  refusal: RegExp,
  read: (value: Case) => unknown,
): Promise<Outcomes> {
  const outcomes: Outcomes = { read: 0, refused: 0 };
  const property = fc.asyncProperty(cases, async (value) => {
    try {
      await read(value);
      outcomes.read++;
    } catch (error) {
      if (!(error instanceof TinyllmError && refusal.test(error.code))) throw error;
      outcomes.refused++;
    }
    if ('polluted' in {}) throw new Error('A case has changed the prototype of all objects.');
  });
  await fc.assert(property, { numRuns: CASES, seed: SEED });
  return outcomes;
}
