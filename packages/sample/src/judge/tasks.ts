import { type AnswerSchema, type Comparison, comparisonSchema, type Grade, gradeSchema } from './answers';

/** A beginning that was given, and what a model made of it. */
export interface Story {
  readonly prompt: string;
  readonly completion: string;
}

/** One question to the judge. `key` tells it from the others of the same stories. */
export type JudgeTask = {
  readonly key: string;
  readonly question: string;
} & (
  | {
      readonly kind: 'grade';
      readonly story: number;
      readonly again: boolean;
      readonly schema: AnswerSchema<Grade>;
    }
  | {
      readonly kind: 'compare';
      readonly stories: readonly [number, number];
      readonly schema: AnswerSchema<Comparison>;
    }
);

/**
 * The questions about `stories`: a grade of each, and to see how consistent the judge is, `checks` of them again, and as
 * many pairs of the same prompt compared in both orders.
 */
export function judgeTasks(stories: readonly Story[], { checks }: { readonly checks: number }): JudgeTask[] {
  const grade = (story: number, again: boolean): JudgeTask => ({
    kind: 'grade',
    key: `grade ${story}${again ? ' again' : ''}`,
    story,
    again,
    question: gradeQuestion(stories[story] as Story),
    schema: gradeSchema,
  });
  const compare = (a: number, b: number): JudgeTask => ({
    kind: 'compare',
    key: `compare ${a} ${b}`,
    stories: [a, b],
    question: comparisonQuestion(stories[a] as Story, stories[b] as Story),
    schema: comparisonSchema,
  });
  const places = [...stories.keys()];
  const pairs = places
    .filter((i) => i > 0 && stories[i]?.prompt === stories[i - 1]?.prompt)
    .map((i) => [i - 1, i] as const);
  return [
    ...places.map((i) => grade(i, false)),
    ...places.slice(0, checks).map((i) => grade(i, true)),
    ...pairs.slice(0, checks).flatMap(([a, b]) => [compare(a, b), compare(b, a)]),
  ];
}

/** The questions of the TinyStories paper (Eldan and Li 2023, arXiv:2305.07759), in our words. */
function gradeQuestion({ prompt, completion }: Story): string {
  return `A student was given the beginning of a story and wrote how it goes on. Judge what the student wrote, which is \
what stands behind the three asterisks.

${prompt}***${completion}

Give whole numbers from 1 (poor) to 10 (excellent):
- grammar: is the language correct?
- creativity: are there ideas of the student's own?
- consistency: does it fit the beginning it was given, in who is there, what happens and how it is told?
- plot: does what happens make sense, and come to an end?
Then say how old the student seems to be (ageGroup).`;
}

function comparisonQuestion(first: Story, second: Story): string {
  return `Two students were given the same beginning of a story, and each wrote how it goes on.

The beginning:
${first.prompt}

The first student:
${first.completion}

The second student:
${second.completion}

Which is the better story as a whole: better language, ideas of its own, in keeping with the beginning, a plot that makes \
sense?`;
}
