/** A folder of judging: the texts (`stories.jsonl`), their judgements (`judgements.jsonl`) and what they say together. */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { replaceFile } from '@tinyllm/common/disk';
import type { Judgement, Story } from '@tinyllm/sample/judge';

/** A text to judge, and what `generate` said of it. */
export interface JudgedStory extends Story {
  /** Whether it came to end-of-text. */
  readonly ended: boolean;
  readonly tokens: number;
}

export class JudgeFolder {
  readonly judgements: Judgement[];
  /** The texts, where they have been written. */
  readonly stories: readonly JudgedStory[] | undefined;
  readonly #path: string;

  private constructor(path: string, stories: readonly JudgedStory[] | undefined, judgements: Judgement[]) {
    this.#path = path;
    this.stories = stories;
    this.judgements = judgements;
  }

  /**
   * Opens the folder, or makes it; `settings` are everything that decides the texts and the judge. What a killed process
   * left of a line is dropped. Throws `cli/other-judging` where the folder was made with other settings.
   */
  static async open(path: string, settings: Readonly<Record<string, unknown>>): Promise<JudgeFolder> {
    await mkdir(path, { recursive: true });
    const file = join(path, 'settings.json');
    const text = await readIfThere(file);
    if (text === undefined) await replaceFile(file, `${JSON.stringify(settings, null, 2)}\n`);
    else refuseOther(path, JSON.parse(text), JSON.parse(JSON.stringify(settings)));
    const judged = join(path, 'judgements.jsonl');
    const lines = (await readIfThere(judged)) ?? '';
    const whole = lines.slice(0, lines.lastIndexOf('\n') + 1);
    if (whole !== lines) await replaceFile(judged, whole);
    const stories = await readIfThere(join(path, 'stories.jsonl'));
    return new JudgeFolder(path, stories === undefined ? undefined : parseLines(stories), parseLines(whole));
  }

  /** Keeps the texts, all at once, and gives them back. */
  async saveStories(stories: readonly JudgedStory[]): Promise<readonly JudgedStory[]> {
    const lines = stories.map((story) => `${JSON.stringify(story)}\n`).join('');
    await replaceFile(join(this.#path, 'stories.jsonl'), lines);
    return stories;
  }

  /** Keeps one more judgement. */
  async add(judgement: Judgement): Promise<void> {
    this.judgements.push(judgement);
    await appendFile(join(this.#path, 'judgements.jsonl'), `${JSON.stringify(judgement)}\n`);
  }

  async saveSummary(summary: object): Promise<void> {
    await replaceFile(join(this.#path, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  }
}

function refuseOther(path: string, before: Record<string, unknown>, now: Record<string, unknown>): void {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const other = fields.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(now[field]));
  if (other.length === 0) return;
  const differences = other.map(
    (field) => `${field} was ${JSON.stringify(before[field])}, now ${JSON.stringify(now[field])}`,
  );
  throw new TinyllmError(
    'cli/other-judging',
    `${path} holds a judging with other settings: ${differences.join('; ')}. Choose another folder with --out.`,
  );
}

function parseLines<T>(text: string): T[] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as T]));
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
