/** A peer: a process that answers a line of standard input with a line of JSON. Its first line says what it is. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Starts `command`; gives `{ version, ask, stop }`, or `{ absent }` with the reason where it does not start. */
export async function startPeer(command, args, env = {}) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let trouble = '';
  child.stderr.on('data', (text) => {
    trouble += text;
  });
  child.on('error', (error) => {
    trouble += error.message;
  });
  child.stdin.on('error', () => {}); // its end shows in its output
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) {
      const lines = trouble.trim().split('\n');
      throw new Error(lines.find((line) => /Error: /.test(line)) || lines.at(-1) || `${command} ended`);
    }
    return JSON.parse(value);
  };
  const stop = () => child.kill();
  try {
    const { version } = await answer();
    const ask = (request) => {
      child.stdin.write(`${request}\n`);
      return answer();
    };
    return { version, ask, stop };
  } catch (error) {
    stop();
    return { absent: error.message };
  }
}
