/** The conversation of `tinyllm sample --interactive`: a prompt a line, answered by its continuation. */
import { createInterface } from 'node:readline';
import { TinyllmError } from '@tinyllm/common';
import { languageModel, type Model, parameterCount } from '@tinyllm/model';
import { generate } from '@tinyllm/sample';
import { InvalidArgumentError, type Option } from 'commander';
import { firstPrompt } from './model-folder';
import { nearest } from './nearest';
import { count, generated, print, printError, styled, table } from './output';
import type { Checkpoint } from './run-folder';
import { begun, generateOptions, type SamplingFlags, samplingOptions, shownPrompt } from './sampling-flags';
import { probabilityLegend, showProbability } from './show-probabilities';

type Settings = SamplingFlags & { readonly showProbs?: boolean };

const help = `Write how a text begins, and the model goes on with it. An empty line begins a text from nothing.

  /set                    show the settings
  /set temperature 0.7    change one, by its name or flag; without a value, back to its default
  /example                write the example again
  /help                   this
  /exit                   leave, as Ctrl-D does

Ctrl-C stops the text, arrow up brings back what you wrote before.`;

/** Shows the model and an example, then answers lines from standard input until it ends or says /exit. */
export async function interact(model: Model, checkpoint: Checkpoint, flags: Settings): Promise<void> {
  let settings = flags;
  let writing: AbortController | undefined;
  const mark = styled('bold', '> ');
  const lines = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: process.stdin.isTTY === true && process.stdout.isTTY === true,
    prompt: mark,
  });
  const answers = lines[Symbol.asyncIterator](); // from now on, or lines that come during the example are lost
  let closed = false; // the input may end before all of its lines are answered, and Node 24 refuses to prompt then
  lines.once('close', () => {
    closed = true;
  });
  const ask = (): void => {
    if (closed) process.stdout.write(mark);
    else lines.prompt();
  };
  const interrupt = (): void => {
    if (writing === undefined) {
      print('\n(Ctrl-D or /exit leaves.)');
      ask();
    } else writing.abort();
  };
  lines.on('SIGINT', interrupt); // from the keyboard
  process.on('SIGINT', interrupt); // from another process

  const write = async (prompt: string): Promise<void> => {
    writing = new AbortController();
    try {
      await writeText(model, checkpoint, prompt, settings, writing.signal);
    } catch (error) {
      if (!(error instanceof TinyllmError)) throw error;
      printError(error);
    } finally {
      writing = undefined;
    }
  };

  const prompt = checkpoint.trainer?.prompt ?? firstPrompt(checkpoint.tokenizer);
  print(`${card(checkpoint)}\n\n${styled('bold', 'An example:')}\n`);
  await write(prompt);
  print(`\n${help}\n`);
  ask();
  for await (const line of answers) {
    const [command, ...words] = line.trim().split(/\s+/);
    if (command === '/exit') break;
    if (command === '/help') print(help);
    else if (command === '/example') await write(prompt);
    else if (command === '/set') settings = set(settings, words, checkpoint);
    else if (command?.startsWith('/')) print(`There is no ${command}; /help says what there is.`);
    else await write(line === '' ? prompt : line);
    ask();
  }
  process.off('SIGINT', interrupt);
  lines.close();
}

async function writeText(
  model: Model,
  { tokenizer }: Checkpoint,
  prompt: string,
  settings: Settings,
  signal: AbortSignal,
): Promise<void> {
  const options = { ...generateOptions(settings, tokenizer), signal };
  const scored = settings.showProbs ? { ...options, alternatives: 1 } : options;
  const pieces = generate(languageModel(model), tokenizer, begun(prompt, tokenizer), scored);
  process.stdout.write(styled('dim', generated(shownPrompt(prompt, tokenizer))));
  for await (const piece of pieces)
    process.stdout.write(settings.showProbs ? showProbability(piece) : generated(piece.text));
  print(signal.aborted ? styled('dim', ' (stopped)') : '');
  if (settings.showProbs) print(probabilityLegend());
}

/** The settings after `/set words`; as they were, saying why, where the words are not right. */
function set(settings: Settings, [word, ...values]: readonly string[], { tokenizer }: Checkpoint): Settings {
  const options = new Map(samplingOptions().map((option) => [option.attributeName(), option]));
  const name = word?.startsWith('--') ? camelCase(word.slice(2)) : word;
  if (name === undefined) {
    const shown = (field: string): string => JSON.stringify(settings[field as keyof Settings]) ?? 'off';
    print(table([...options.keys(), 'showProbs'].map((field) => [field, shown(field)])));
    return settings;
  }
  if (name === 'showProbs') {
    const showProbs = values[0] !== 'false';
    print(`showProbs is now ${showProbs}.`);
    return { ...settings, showProbs };
  }
  const option = options.get(name);
  if (option === undefined) {
    print(`There is no setting "${name}". ${nearest(name, [...options.keys(), 'showProbs'])}`);
    return settings;
  }
  try {
    const changed = { ...settings, [name]: optionValue(option, values) };
    generateOptions(changed, tokenizer);
    print(`${name} is now ${JSON.stringify(changed[name as keyof Settings]) ?? 'off'}.`);
    return changed;
  } catch (error) {
    if (!(error instanceof TinyllmError || error instanceof InvalidArgumentError)) throw error;
    print(`${name} stays as it was. ${error.message}`);
    return settings;
  }
}

/** top-k → topK */
function camelCase(flag: string): string {
  return flag.replace(/-./g, ([, letter = '']) => letter.toUpperCase());
}

/** What commander would make of these values of an option. */
function optionValue(option: Option, values: readonly string[]): unknown {
  if (values.length === 0) return option.defaultValue;
  if (option.argChoices?.includes(values[0] as string) === false)
    throw new InvalidArgumentError(`It must be one of ${option.argChoices.join(', ')}.`);
  const { parseArg } = option;
  if (option.attributeName() === 'stop') return [values.join(' ')];
  if (parseArg === undefined) return values[0];
  return values.reduce<unknown>((before, value) => parseArg(value, before), undefined);
}

/** What the model is, for people. */
function card({ path, config, tokenizer, trainer }: Checkpoint): string {
  const rows: [string, string][] = [
    ['model', `${config.architecture} of ${count(parameterCount(config).total)} parameters, from ${path}`],
    ['tokens', `${count(tokenizer.vocabSize)} (${tokenizer.toJSON().type})`],
  ];
  if (trainer !== undefined) {
    const { recipe, step, validationLoss } = trainer;
    rows.push(['trained', `${recipe}, ${count(step)} steps, validation loss ${validationLoss.toFixed(4)}`]);
  }
  return table(rows);
}
