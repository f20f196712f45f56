/** `pnpm bench NAME …` runs bench/NAME.mjs with the rest of the arguments. */
import { readdirSync } from 'node:fs';

const [name, ...rest] = process.argv.slice(2);
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => file.slice(0, -4));

if (names.includes(name)) {
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...rest);
  await import(`./${name}.mjs`);
} else {
  console.error(`Usage: pnpm bench NAME, where NAME is one of ${names.join(', ')}.`);
  process.exitCode = 2;
}
