/** What a judge is asked to answer, as JSON schemas, and the check that it has. */

/** What a story is graded by, from 1 to 10. */
export const criteria = ['grammar', 'creativity', 'consistency', 'plot'] as const;
export type Criterion = (typeof criteria)[number];

/** How old a writer seems, by the groups of the TinyStories paper (Eldan and Li 2023, arXiv:2305.07759). */
export const ageGroups = ['3 or under', '4-5', '6-7', '8-9', '10-12', '13-16'] as const;
export type AgeGroup = (typeof ageGroups)[number];

/** A story's grades, from 1 to 10, and the age its writer seems to have. */
export type Grade = Readonly<Record<Criterion, number>> & { readonly ageGroup: AgeGroup };

/** Which of two stories is the better one. */
export interface Comparison {
  readonly better: 'first' | 'second';
}

/** Tokens that answers took. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** A JSON schema, and the reader of what should match it: nothing where it does not. */
export interface AnswerSchema<T> {
  readonly name: string;
  readonly schema: Readonly<Record<string, unknown>>;
  read(answer: unknown): T | undefined;
}

export const gradeSchema: AnswerSchema<Grade> = {
  name: 'grade',
  schema: object({
    ...Object.fromEntries(criteria.map((name) => [name, { type: 'integer', minimum: 1, maximum: 10 }])),
    ageGroup: { type: 'string', enum: ageGroups },
  }),
  read(answer) {
    const grade = answer as Grade | null;
    if (typeof grade !== 'object' || grade === null || !ageGroups.includes(grade.ageGroup)) return undefined;
    const whole = (n: number): boolean => Number.isInteger(n) && n >= 1 && n <= 10;
    if (!criteria.every((name) => whole(grade[name]))) return undefined;
    const { grammar, creativity, consistency, plot, ageGroup } = grade;
    return { grammar, creativity, consistency, plot, ageGroup };
  },
};

export const comparisonSchema: AnswerSchema<Comparison> = {
  name: 'comparison',
  schema: object({ better: { type: 'string', enum: ['first', 'second'] } }),
  read(answer) {
    const better = (answer as Comparison | null)?.better;
    return better === 'first' || better === 'second' ? { better } : undefined;
  },
};

function object(properties: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}
