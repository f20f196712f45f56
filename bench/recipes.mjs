/**
 * Trains the recipes, each at a scale that suits two cores, and writes docs/recipe-runs.md with their table, samples and
 * plots: `pnpm bench recipes`, or some of them, `pnpm bench recipes --recipes bigram,tinyllm`. Texts are those of
 * ../shared/data. Killed, it goes on where it was when called again; runs are in runs/recipe-<name>.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const packages = ['@tinyllm/cli'];

const shakespeare = '../shared/data/tinyshakespeare.txt';
const tinyStories = '../shared/data/tinystories';

/** Scales are of about half an hour at most. */
const plan = [
  { recipe: 'stories-nano', scale: 1 },
  { recipe: 'bigram', scale: 1, data: shakespeare },
  { recipe: 'shakespeare-char-cpu', scale: 1, data: shakespeare },
  { recipe: 'shakespeare-char', scale: 0.05, data: shakespeare },
  { recipe: 'tinystories-10k', scale: 0.01, data: tinyStories },
  { recipe: 'tinystories-gpt2', scale: 0.0005, data: tinyStories },
  { recipe: 'tinyllm', scale: 0.01, data: tinyStories },
];

const root = fileURLToPath(new URL('..', import.meta.url));
const program = fileURLToPath(new URL('../apps/cli/bin/tinyllm.js', import.meta.url));

export async function bench({ recipes }) {
  const chosen = plan.filter(({ recipe }) => recipes === '' || recipes.split(',').includes(recipe));
  const rows = chosen.map(trainOne);
  mkdirSync(`${root}docs/plots`, { recursive: true });
  for (const { recipe } of rows)
    copyFileSync(`${root}runs/recipe-${recipe}/plot.svg`, `${root}docs/plots/${recipe}.svg`);
  writeFileSync(`${root}docs/recipe-runs.md`, page(rows));
  return rows.map(({ sample, command, ...row }) => row);
}

function trainOne({ recipe, scale, data }) {
  if (data !== undefined && !existsSync(data))
    throw new Error(`There is no ${data}, which ${recipe} trains on.`);
  const settings = [
    '--recipe',
    recipe,
    ...(scale === 1 ? [] : ['--scale', `${scale}`]),
    ...(data ? ['--data', data] : []),
  ];
  const args = [program, 'train', ...settings, '--name', `recipe-${recipe}`, '--resume', 'auto'];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`tinyllm train ${settings.join(' ')} ended with ${status}.`);
  const run = `${root}runs/recipe-${recipe}`;
  const metrics = readFileSync(`${run}/metrics.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const { train, validation, step, seconds } = metrics.findLast(({ type }) => type === 'evaluation');
  const { tokensSeen } = metrics.findLast(({ type }) => type === 'step');
  const { references = [] } = JSON.parse(readFileSync(`${run}/config.json`, 'utf8')).recipe;
  return {
    recipe,
    scale,
    steps: step,
    tokens: tokensSeen,
    train: train.loss,
    validation: validation.loss,
    source: references.map(({ validationLoss }) => validationLoss).join(', '),
    seconds,
    tokensPerSecond: tokensSeen / seconds,
    command: `tinyllm train ${settings.join(' ')}`,
    sample: readFileSync(`${run}/samples.md`, 'utf8')
      .split(/^## Step \d+\n/m)
      .at(-1)
      .trim(),
  };
}

function page(rows) {
  const table = rows.map(
    ({ recipe, scale, steps, tokens, train, validation, source, seconds, tokensPerSecond }) => {
      const cells = [
        recipe,
        scale,
        steps,
        tokens,
        train.toFixed(4),
        validation.toFixed(4),
        Math.exp(validation).toFixed(2),
      ];
      return `| ${[...cells, source, `${Math.round(seconds)} s`, Math.round(tokensPerSecond)].join(' | ')} |`;
    },
  );
  const runs = rows.map(
    ({ recipe, command, sample }) =>
      `## ${recipe}\n\n\`${command}\`\n\n![losses](plots/${recipe}.svg)\n\n${sample.replace(/^/gm, '> ').trim()}\n`,
  );
  return `# Runs of the recipes

Written by \`pnpm bench recipes\`. Losses are in nats per token, on windows spread evenly over each split; the seconds are
of all, evaluations and samples too. A source's losses are those of the whole recipe, scale 1.

| recipe | scale | steps | tokens | train | validation | perplexity | source | time | tokens/s |
| ------ | ----- | ----- | ------ | ----- | ---------- | ---------- | ------ | ---- | -------- |
${table.join('\n')}

${runs.join('\n')}`;
}
