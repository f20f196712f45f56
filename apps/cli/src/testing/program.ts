/** The command line as its users meet it: the built program, in a folder of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../bin/tinyllm.js', import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs the program to its end. */
  run(...args: string[]): Ended;
  /** Runs it beside the test; `talk` sees everything it has written so far, and the process. */
  start(
    args: readonly string[],
    talk?: (output: string, child: ReturnType<typeof spawn>) => void,
  ): Promise<Ended>;
  remove(): void;
}

/** A program that downloads nothing and reads no one's cache. */
export function createProgram(): Program {
  const folder = mkdtempSync(join(tmpdir(), 'tinyllm-'));
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    TINYLLM_OFFLINE: '1',
    TINYLLM_CACHE: join(folder, 'cache'),
    HOME: folder,
  };
  return {
    folder,
    env,
    run: (...args) => spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: 'utf8', env }),
    start: (args, talk) => watch(spawn(process.execPath, [program, ...args], { cwd: folder, env }), talk),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Waits for a process, telling `talk` whenever it has written to standard output. */
export async function watch(
  child: ReturnType<typeof spawn>,
  talk?: (output: string, child: ReturnType<typeof spawn>) => void,
): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    talk?.(stdout, child);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, stdout, stderr };
}
