/** An endpoint that speaks OpenAI's protocol on a port of its own, and likes everything. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LenientJudge {
  readonly url: string;
  /** Every question, as it came. */
  readonly questions: string[];
  close(): void;
}

/** Starts it. From question `failFrom` to `failTo` it answers with what is no JSON. */
export async function startLenientJudge({
  failFrom = 0,
  failTo = 0,
}: {
  failFrom?: number;
  failTo?: number;
} = {}): Promise<LenientJudge> {
  const questions: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { messages, response_format } = JSON.parse(body);
    questions.push(messages[0].content);
    const graded = '{"grammar":7,"creativity":6,"consistency":5,"plot":4,"ageGroup":"6-7"}';
    const liked = response_format.json_schema.name === 'grade' ? graded : '{"better":"second"}';
    const fails = questions.length > failFrom && questions.length <= failTo;
    const message = { role: 'assistant', content: fails ? 'Hm.' : liked };
    const usage = { prompt_tokens: 1000, completion_tokens: 50, total_tokens: 1050 };
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ id: '1', object: 'chat.completion', choices: [{ index: 0, message }], usage }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    questions,
    close: () => void server.close().closeAllConnections(),
  };
}
