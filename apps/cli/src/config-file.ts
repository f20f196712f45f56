/** `tinyllm.config.ts`: settings of commands that hold where no flag says otherwise. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import type { Command, Option } from 'commander';
import { createJiti } from 'jiti';
import { nearest } from './nearest';

const names = ['tinyllm.config.ts', 'tinyllm.config.js', 'tinyllm.config.mjs', 'tinyllm.config.json'];

/**
 * Gives `command` the settings that the config file of this folder has for it: an object by command, then by flag in
 * camelCase, say `{ sample: { topK: 40 } }`. Flags win; parts of commands have none. Throws `cli/bad-config`, naming what is wrong.
 */
export async function applyConfigFile(command: Command): Promise<void> {
  const file = names.find((name) => existsSync(name));
  if (file === undefined || command.parent?.parent) return;
  const config = await load(file);
  const commands = command.parent?.commands.map((other) => other.name()) ?? [];
  const unknown = Object.keys(config).find((name) => !commands.includes(name));
  if (unknown !== undefined)
    throw bad(file, `there is no command "${unknown}". ${nearest(unknown, commands)}`);
  const settings = config[command.name()] ?? {};
  if (!isRecord(settings)) throw bad(file, `${command.name()} must be an object of settings.`);
  const options = new Map(command.options.map((option) => [option.attributeName(), option]));
  for (const [name, value] of Object.entries(settings)) {
    const option = options.get(name);
    const where = `${command.name()}.${name}`;
    if (option === undefined)
      throw bad(file, `there is no setting ${where}. ${nearest(name, [...options.keys()])}`);
    const parsed = parse(option, value, (expectation) =>
      bad(file, `${where} is ${JSON.stringify(value)}. ${expectation}`),
    );
    if (command.getOptionValueSource(name) !== 'cli')
      command.setOptionValueWithSource(name, parsed, 'config');
  }
}

/** The value as its flag would give it; `invalid` makes the error of one that its flag would refuse. */
function parse(option: Option, value: unknown, invalid: (expectation: string) => TinyllmError): unknown {
  if (!option.required && !option.optional) {
    if (typeof value !== 'boolean') throw invalid('It must be true or false.');
    return value;
  }
  if (option.variadic && isRecord(value)) return value;
  if (option.variadic && !Array.isArray(value)) throw invalid('It must be a list.');
  if (option.variadic) return value;
  if (option.argChoices !== undefined) {
    if (!option.argChoices.includes(String(value)))
      throw invalid(`It must be one of ${option.argChoices.join(', ')}.`);
    return String(value);
  }
  if (option.parseArg === undefined) {
    if (typeof value !== 'string') throw invalid('It must be a string.');
    return value;
  }
  try {
    return option.parseArg(String(value), undefined); // a number, or a notation of the flag's own
  } catch (error) {
    throw invalid((error as Error).message);
  }
}

async function load(file: string): Promise<Readonly<Record<string, unknown>>> {
  let config: unknown;
  try {
    config = await createJiti(import.meta.url).import(resolve(file), { default: true });
  } catch (cause) {
    throw bad(file, `it cannot be read: ${(cause as Error).message}`, cause);
  }
  if (!isRecord(config))
    throw bad(file, 'its default export must be an object, say { sample: { topK: 40 } }.');
  return config;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bad(file: string, problem: string, cause?: unknown): TinyllmError {
  return new TinyllmError('cli/bad-config', `${file} is not right: ${problem}`, { cause });
}
