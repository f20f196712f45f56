/** An endpoint that speaks OpenAI's protocol on a port of its own, and answers as a test says. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A question as it arrived: its text, and how often the same was asked before. */
export interface Asked {
  readonly question: string;
  readonly schema: string;
  readonly before: number;
}

/** A status with nothing else, or the content of the answer; `undefined` never answers. */
export type Answer = { readonly status: number } | { readonly content: string } | undefined;

export interface JudgeServer {
  readonly baseURL: string;
  /** Questions that got an answer with content, in order. */
  readonly answered: string[];
  close(): Promise<void>;
}

/** Starts the server. It says `retry-after-ms: 1` with every error, so that no client waits long. */
export async function startJudge(answer: (asked: Asked) => Answer | Promise<Answer>): Promise<JudgeServer> {
  const answered: string[] = [];
  const times = new Map<string, number>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { messages, response_format } = JSON.parse(body);
    const question: string = messages[0].content;
    const before = times.get(question) ?? 0;
    times.set(question, before + 1);
    const said = await answer({ question, schema: response_format.json_schema.name, before });
    if (said === undefined) return;
    response.setHeader('content-type', 'application/json');
    if ('status' in said) {
      response
        .writeHead(said.status, { 'retry-after-ms': '1' })
        .end('{"error":{"message":"as the test says"}}');
      return;
    }
    answered.push(question);
    const message = { role: 'assistant', content: said.content };
    const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };
    response.end(
      JSON.stringify({ id: '1', object: 'chat.completion', choices: [{ index: 0, message }], usage }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    answered,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
