import { bootstrapInterval, type Interval } from '../metrics/bootstrap';
import { type AgeGroup, ageGroups, type Criterion, criteria, type Grade } from './answers';
import type { Judgement } from './judge';

/** What the judgements say together, and how far the judge can be trusted. */
export interface JudgeSummary {
  /** Stories that have a grade. */
  readonly stories: number;
  /** The mean grade of each criterion, with its bootstrap interval. */
  readonly grades: Readonly<Record<Criterion, Interval>>;
  /** How many writers seemed of each age. */
  readonly ageGroups: Readonly<Record<AgeGroup, number>>;
  /** Of stories that were graded twice: how far the two grades were apart on average, by criterion. */
  readonly again: { readonly stories: number; readonly difference: Readonly<Record<Criterion, number>> };
  /** Of pairs that were compared in both orders: how often the same story won, and how often the first one did. */
  readonly orders: { readonly pairs: number; readonly sameWinner: number; readonly firstWins: number };
}

/** Sums `judgements` up; `seed` is that of the bootstrap. What there is no judgement for is NaN. */
export function summarize(
  judgements: readonly Judgement[],
  { seed }: { readonly seed: number },
): JudgeSummary {
  const first = new Map<number, Grade>();
  const second = new Map<number, Grade>();
  const winners = new Map<string, number>();
  for (const judgement of judgements) {
    if (judgement.kind === 'grade') (judgement.again ? second : first).set(judgement.story, judgement.answer);
    else {
      const [a, b] = judgement.stories;
      winners.set(`${a} ${b}`, judgement.answer.better === 'first' ? a : b);
    }
  }
  const grades = [...first.values()];
  const twice = [...second].flatMap(([story, grade]) => {
    const before = first.get(story);
    return before === undefined ? [] : [[before, grade] as const];
  });
  const inBothOrders = [...winners].flatMap(([key, winner]) => {
    const [a, b] = key.split(' ');
    const swapped = winners.get(`${b} ${a}`);
    if (swapped === undefined) return [];
    return [{ sameWins: Number(winner === swapped), firstWins: Number(winner === Number(a)) }];
  });
  return {
    stories: first.size,
    grades: byCriterion((name) =>
      bootstrapInterval(
        grades.map((grade) => grade[name]),
        { seed },
      ),
    ),
    ageGroups: Object.fromEntries(
      ageGroups.map((group) => [group, grades.filter(({ ageGroup }) => ageGroup === group).length]),
    ) as Record<AgeGroup, number>,
    again: {
      stories: twice.length,
      difference: byCriterion((name) => mean(twice.map(([a, b]) => Math.abs(a[name] - b[name])))),
    },
    orders: {
      pairs: inBothOrders.length / 2,
      sameWinner: mean(inBothOrders.map(({ sameWins }) => sameWins)),
      firstWins: mean(inBothOrders.map(({ firstWins }) => firstWins)),
    },
  };
}

function byCriterion<T>(value: (name: Criterion) => T): Record<Criterion, T> {
  return Object.fromEntries(criteria.map((name) => [name, value(name)])) as Record<Criterion, T>;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
