import { OpenAI } from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { type JudgeEvent, type Judgement, type JudgeOptions, judge, judgeTasks, summarize } from './judge';
import { type Answer, type Asked, type JudgeServer, startJudge } from './testing/judge-server';

const stories = Array.from({ length: 6 }, (_, i) => ({
  prompt: `Prompt ${i >> 1}`,
  completion: ` story ${i}.`,
}));
const tasks = judgeTasks(stories, { checks: 2 });

/** Grades story i with i + 1 in everything, and prefers what is said first. */
function good({ question, schema }: Asked): Answer {
  if (schema === 'comparison') return { content: '{"better":"first"}' };
  const grade = Number(/ story (\d)\./.exec(question)?.[1]) + 1;
  const answer = { grammar: grade, creativity: grade, consistency: grade, plot: grade, ageGroup: '4-5' };
  return { content: JSON.stringify(answer) };
}

let server: JudgeServer | undefined;
afterEach(() => server?.close());

async function judged(
  answer: (asked: Asked) => Answer | Promise<Answer>,
  options: Partial<JudgeOptions> & { timeout?: number } = {},
): Promise<JudgeEvent[]> {
  server = await startJudge(answer);
  const { timeout = 60_000, ...rest } = options;
  const client = new OpenAI({ baseURL: server.baseURL, apiKey: 'none', maxRetries: 3, timeout });
  const events: JudgeEvent[] = [];
  for await (const event of judge(client, tasks, { model: 'judge', ...rest })) events.push(event);
  return events;
}

function judgements(events: readonly JudgeEvent[]): Judgement[] {
  return events.flatMap((event) => (event.type === 'judged' ? [event.judgement] : []));
}

const keys = (all: readonly { key: string }[]): string[] => all.map(({ key }) => key).sort();

describe('judge', () => {
  it('asks for every story once, some again, and pairs of a prompt in both orders', async () => {
    const events = await judged(good);
    expect(tasks.map(({ key }) => key)).toEqual([
      'grade 0',
      'grade 1',
      'grade 2',
      'grade 3',
      'grade 4',
      'grade 5',
      'grade 0 again',
      'grade 1 again',
      'compare 0 1',
      'compare 1 0',
      'compare 2 3',
      'compare 3 2',
    ]);
    expect(keys(judgements(events))).toEqual(keys(tasks));
    expect(events[0]?.usage).toEqual({ promptTokens: 100, completionTokens: 10 });
    expect(judgements(events).find(({ key }) => key === 'grade 3')).toMatchObject({
      story: 3,
      answer: { grammar: 4, plot: 4, ageGroup: '4-5' },
    });
  });

  it('loses nothing and asks nothing twice through 429s, 500s and answers that are not what was asked for', async () => {
    const trouble: Answer[] = [
      { status: 429 },
      { status: 500 },
      { content: 'I would say eight.' },
      { content: '{"grammar":11,"creativity":5,"consistency":5,"plot":5,"ageGroup":"4-5"}' },
    ];
    const events = await judged((asked) => {
      const which = tasks.findIndex(({ question }) => question === asked.question);
      return (asked.before <= which % 3 && trouble[(which + asked.before) % 4]) || good(asked);
    });
    expect(keys(judgements(events))).toEqual(keys(tasks));
  });

  it('takes answers in any order', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const events = await judged(
      async (asked) => {
        if (asked.question === tasks[0]?.question && asked.before === 0) await held;
        if (asked.question === tasks[5]?.question) release();
        return good(asked);
      },
      { concurrency: 2 },
    );
    expect(keys(judgements(events))).toEqual(keys(tasks));
    expect(judgements(events)[0]?.key).toBe('grade 1');
  });

  it('asks again where no answer comes in time', async () => {
    const events = await judged(
      (asked) => (asked.schema === 'comparison' && asked.before === 0 ? undefined : good(asked)),
      { timeout: 200, concurrency: 12 },
    );
    expect(keys(judgements(events))).toEqual(keys(tasks));
  });

  it('tells what failed, and goes on with what is left without asking the rest again', async () => {
    const isBad = (question: string): boolean =>
      question.includes(' story 2.') && !question.includes('Two students');
    const events = await judged((asked) => (isBad(asked.question) ? { content: '{}' } : good(asked)));
    expect(events.filter(({ type }) => type === 'failed')).toEqual([
      {
        type: 'failed',
        key: 'grade 2',
        reason: '3 answers did not match the schema, the last of them "{}"',
        usage: { promptTokens: 300, completionTokens: 30 },
      },
    ]);
    await server?.close();
    const done = new Set(judgements(events).map(({ key }) => key));
    expect(keys(judgements(await judged(good, { done })))).toEqual(['grade 2']);
    expect(server?.answered).toHaveLength(1);
  });

  it('keeps a refusal for a reader that takes its time', async () => {
    const create = async ({ messages: [asked] }: { messages: [{ content: string }] }) => {
      if (asked.content !== tasks[0]?.question) throw Object.assign(new Error('no'), { status: 401 });
      return { choices: [{ message: good({ question: asked.content, schema: 'grade', before: 0 }) }] };
    };
    const client = { apiKey: 'none', chat: { completions: { create } } } as unknown as OpenAI;
    const events = judge(client, tasks, { model: 'judge', concurrency: 1 });
    expect((await events.next()).value).toMatchObject({ type: 'judged' });
    await new Promise(setImmediate); // unhandled rejections would be told by now
    await expect(events.next()).rejects.toMatchObject({ code: 'judge/refused' });
  });

  it('stops at once where the endpoint refuses, and when it is told to', async () => {
    await expect(judged(() => ({ status: 401 }))).rejects.toMatchObject({ code: 'judge/refused' });
    await server?.close();
    const controller = new AbortController();
    const events = await judged(
      (asked) => {
        if (asked.question === tasks[3]?.question) controller.abort();
        return good(asked);
      },
      { signal: controller.signal, concurrency: 1 },
    );
    expect(keys(judgements(events))).toEqual(['grade 0', 'grade 1', 'grade 2']);
  });
});

describe('summarize', () => {
  it('gives means with intervals, and how consistent the judge is', async () => {
    const summary = summarize(judgements(await judged(good)), { seed: 1 });
    expect(summary).toMatchObject({
      stories: 6,
      ageGroups: { '3 or under': 0, '4-5': 6 },
      again: { stories: 2, difference: { grammar: 0, plot: 0 } },
      orders: { pairs: 2, sameWinner: 0, firstWins: 1 }, // it always prefers the first: not to be trusted
    });
    const { mean, low, high } = summary.grades.plot;
    expect(mean).toBe(3.5);
    // 1 to 6 have a standard deviation of 1.71, so the mean of six strays by 0.70, and 1.96 times that either way.
    expect(low).toBeCloseTo(3.5 - 1.37, 0);
    expect(high).toBeCloseTo(3.5 + 1.37, 0);
  });

  it('trusts only pairs that have an answer in either order', () => {
    const compare = (stories: [number, number], better: 'first' | 'second'): Judgement => {
      return { kind: 'compare', key: `compare ${stories.join(' ')}`, stories, answer: { better } };
    };
    const answers = [compare([0, 1], 'first'), compare([1, 0], 'second'), compare([2, 3], 'first')];
    expect(summarize(answers, { seed: 1 }).orders).toEqual({ pairs: 1, sameWinner: 1, firstWins: 0.5 });
  });
});
