/**
 * Runs a benchmark: `pnpm bench <name> [--json] [--runs 5] [--threads N] [--megabytes N] [--python /path/to/python]
 * [--backend tensorflow] [--llama2c /path/to/run] [--data input.txt] [--target 1.88] [--steps 2000] [--recipes bigram,tinyllm]`.
 * A benchmark is a file of this folder that exports `packages`, which are built first, and `bench`, which gives rows:
 * plain objects of strings and numbers. `--json` prints one document `{ machine, rows }`, else it is a table.
 */
import { readdirSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { build } from '../scripts/setup.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string', default: '5' },
    threads: { type: 'string', default: String(availableParallelism()) },
    backend: { type: 'string', default: 'wasm' }, // that `train`, `sample` and `steady` run on
    megabytes: { type: 'string', default: '2200' }, // of the file that `prepare` reads
    llama2c: { type: 'string', default: '' }, // the binary that `sample` compares with
    data: { type: 'string', default: '../shared/data/tinyshakespeare.txt' }, // that time-to-loss trains on
    target: { type: 'string', default: '1.88' }, // its validation loss
    steps: { type: 'string', default: '2000' }, // its most
    recipes: { type: 'string', default: '' }, // that `recipes` trains; all
    python: { type: 'string', default: process.env.TINYLLM_PEERS_PYTHON ?? '' },
  },
});

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => file.slice(0, -'.mjs'.length));
const [name] = positionals;
if (name === undefined || !names.includes(name)) {
  console.error(`Name a benchmark: ${names.join(', ')}. For example: pnpm bench ${names[0]} --json`);
  process.exit(2);
}

const { packages, bench } = await import(`./${name}.mjs`);
build(packages, ['ignore', 2, 2]); // standard output is for the rows
const { python, data, recipes, llama2c, backend } = values;
const { runs, threads, megabytes, target, steps } = Object.fromEntries(
  ['runs', 'threads', 'megabytes', 'target', 'steps'].map((key) => [key, Number(values[key])]),
);
const rows = await bench({
  runs,
  threads,
  megabytes,
  python,
  llama2c,
  data,
  target,
  steps,
  recipes,
  backend,
});
const machine = {
  cpu: cpus()[0]?.model,
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
};

if (values.json) {
  console.log(JSON.stringify({ machine, rows }, null, 2));
} else {
  console.log(
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; medians of ${values.runs} interleaved runs`,
  );
  const rounded = (value) => (typeof value === 'number' ? Number(value.toPrecision(3)) : value);
  console.table(
    rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, rounded(value)]))),
  );
}
