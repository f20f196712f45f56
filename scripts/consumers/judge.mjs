/** `node judge.mjs`: grades a story with whatever release of the optional peer `openai` lies beside, at an endpoint of its own. */
import { createServer } from 'node:http';
import { judge, judgeTasks } from '@tinyllm/sample/judge';
import OpenAI from 'openai';
import { VERSION } from 'openai/version';

const grade = { grammar: 7, creativity: 5, consistency: 6, plot: 4, ageGroup: '4-5' };
const server = createServer((_request, response) => {
  const message = { role: 'assistant', content: JSON.stringify(grade) };
  const answer = { id: '1', object: 'chat.completion', choices: [{ index: 0, message }] };
  response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
});
await new Promise((resolve) => server.listen(0, 'localhost', () => resolve(undefined)));
const address = server.address();
const port = typeof address === 'object' ? address?.port : undefined;
const client = new OpenAI({ baseURL: `http://localhost:${port}/v1`, apiKey: 'none', maxRetries: 0 });
const tasks = judgeTasks([{ prompt: 'Once', completion: ' upon a time.' }], { checks: 0 });
for await (const event of judge(client, tasks, { model: 'judge' })) {
  if (event.type === 'failed') throw new Error(event.reason);
  console.log(`openai ${VERSION} graded ${event.judgement.key}`);
}
server.close();
server.closeAllConnections();
