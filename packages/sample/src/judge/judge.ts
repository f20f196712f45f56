import { TinyllmError } from '@tinyllm/common';
import type { OpenAI } from 'openai';
import type { Comparison, Grade, Usage } from './answers';
import type { JudgeTask } from './tasks';

export interface JudgeOptions {
  /** What the endpoint calls the model that judges. */
  readonly model: string;
  /** Keys of tasks that were judged before, and are not judged again. */
  readonly done?: ReadonlySet<string>;
  /** Questions that are asked at once. Default 4. */
  readonly concurrency?: number;
  /** How often a question is asked whose answers do not match the schema. Default 3. */
  readonly attempts?: number;
  readonly signal?: AbortSignal;
}

/** The answer to one task; plain data, and with its key all that is needed to go on later. */
export type Judgement =
  | {
      readonly kind: 'grade';
      readonly key: string;
      readonly story: number;
      readonly again: boolean;
      readonly answer: Grade;
    }
  | {
      readonly kind: 'compare';
      readonly key: string;
      readonly stories: readonly [number, number];
      readonly answer: Comparison;
    };

/** What `judge` tells: a judgement, or why there is none, which another run may change. */
export type JudgeEvent = { readonly usage: Usage } & (
  | { readonly type: 'judged'; readonly judgement: Judgement }
  | { readonly type: 'failed'; readonly key: string; readonly reason: string }
);

/**
 * Asks `client` the questions of `tasks`, several at once, and tells each answer as it comes. The client retries what is
 * worth it (429, 5xx, broken connections; its own `maxRetries` and `timeout`); a question that still fails is told and
 * the others go on. Throws `judge/refused` where the endpoint will take no question at all (401, 403, 404).
 */
export async function* judge(
  client: OpenAI,
  tasks: readonly JudgeTask[],
  { model, done = new Set(), concurrency = 4, attempts = 3, signal }: JudgeOptions,
): AsyncGenerator<JudgeEvent, void, void> {
  const left = tasks.filter(({ key }) => !done.has(key)).values();
  const stop = new AbortController();
  const signals = AbortSignal.any(signal === undefined ? [stop.signal] : [stop.signal, signal]);
  const asked = new Map<string, Promise<JudgeEvent & { readonly of: string }>>();
  const askNext = (): void => {
    const { value: task } = left.next();
    if (task === undefined || signals.aborted) return;
    const event = ask(client, task, { model, attempts, signal: signals });
    const told = event.then((answer) => ({ ...answer, of: task.key }));
    told.catch(() => undefined); // the next race throws it, and until then the reader may take its time
    asked.set(task.key, told);
  };
  try {
    for (let i = 0; i < concurrency; i++) askNext();
    while (asked.size > 0) {
      const { of, ...event } = await Promise.race(asked.values());
      asked.delete(of);
      askNext();
      if (event.type === 'judged' || !signals.aborted) yield event as JudgeEvent;
    }
  } finally {
    stop.abort(); // what is still being asked when the reader leaves, or one question has thrown
    await Promise.allSettled(asked.values());
  }
}

async function ask(
  client: OpenAI,
  task: JudgeTask,
  { model, attempts, signal }: { model: string; attempts: number; signal: AbortSignal },
): Promise<JudgeEvent> {
  let usage: Usage = { promptTokens: 0, completionTokens: 0 };
  let content: string | null | undefined;
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      const { name, schema } = task.schema;
      const answer = await client.chat.completions.create(
        {
          model,
          messages: [{ role: 'user', content: task.question }],
          response_format: {
            type: 'json_schema',
            json_schema: { name, schema: { ...schema }, strict: true },
          },
        },
        { signal },
      );
      usage = {
        promptTokens: usage.promptTokens + (answer.usage?.prompt_tokens ?? 0),
        completionTokens: usage.completionTokens + (answer.usage?.completion_tokens ?? 0),
      };
      content = answer.choices?.[0]?.message?.content;
    } catch (error) {
      const reason = withoutKey((error as Error).message, client);
      refuseWhere((error as { status?: number }).status, reason);
      return { type: 'failed', key: task.key, reason, usage };
    }
    const judgement = judgementOf(task, parse(content));
    if (judgement !== undefined) return { type: 'judged', judgement, usage };
  }
  const last = withoutKey(JSON.stringify(content) ?? 'nothing', client).slice(0, 120);
  const reason = `${attempts} answers did not match the schema, the last of them ${last}`;
  return { type: 'failed', key: task.key, reason, usage };
}

function judgementOf(task: JudgeTask, json: unknown): Judgement | undefined {
  const { key } = task;
  if (task.kind === 'grade') {
    const answer = task.schema.read(json);
    return answer && { kind: 'grade', key, story: task.story, again: task.again, answer };
  }
  const answer = task.schema.read(json);
  return answer && { kind: 'compare', key, stories: task.stories, answer };
}

function parse(content: string | null | undefined): unknown {
  try {
    return JSON.parse(content ?? '');
  } catch {
    return undefined; // not JSON: an answer like any other that does not match
  }
}

/** Throws where the next question would be refused too; without a cause, for that may hold the key. */
function refuseWhere(status: number | undefined, reason: string): void {
  if (status !== 401 && status !== 403 && status !== 404) return;
  throw new TinyllmError(
    'judge/refused',
    `The judge refuses to answer: ${reason}. Check its address, its key and the name of its model.`,
  );
}

/** Shorter ones are no secret: endpoints on the own machine take any word. */
const SHORTEST_KEY = 8;

/** What an endpoint says, which ends on screens and in logs, without the key if it says that again. */
function withoutKey(text: string, { apiKey }: OpenAI): string {
  return (apiKey ?? '').length < SHORTEST_KEY ? text : text.replaceAll(apiKey ?? '', '…');
}
