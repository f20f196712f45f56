/**
 * Trains the recipes, each at a scale that suits two cores, and writes docs/recipe-runs.md with their table, samples and
 * plots: `pnpm bench recipes`. Some of them, `pnpm bench recipes --recipes bigram,tinyllm`, are told of and write nothing,
 * for the page has all. Texts are those of ../shared/data. Those that are nanoGPT's are trained in PyTorch too, one after
 * the other. Killed, it goes on where it was when called again; runs are in runs/recipe-<name>.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { torch } from './peers/torch.mjs';

export const packages = ['@tinyllm/cli'];

const shakespeare = '../shared/data/tinyshakespeare.txt';
const tinyStories = '../shared/data/tinystories';

/** Scales are of ten minutes at most; most of the large recipes change more, so that there are steps enough to see. */
const plan = [
  { recipe: 'stories-nano' },
  { recipe: 'bigram', data: shakespeare },
  { recipe: 'shakespeare-char-cpu', data: shakespeare, nanoGPT: true },
  {
    recipe: 'shakespeare-char',
    data: shakespeare,
    nanoGPT: true,
    settings: '--scale 0.02 --batch-size 16 --eval-interval 20 --eval-iters 10',
  },
  { recipe: 'tinystories-10k', data: tinyStories, settings: '--scale 0.005 --eval-interval 50' },
  {
    recipe: 'tinystories-gpt2',
    data: tinyStories,
    settings:
      '--scale 0.001 --batch-size 8 --gradient-accumulation-steps 1 --eval-interval 20 --eval-iters 10',
  },
  {
    recipe: 'tinyllm',
    data: tinyStories,
    settings: '--scale 0.01 --batch-size 8 --eval-interval 20 --eval-iters 10',
  },
];

const root = fileURLToPath(new URL('..', import.meta.url));
const program = fileURLToPath(new URL('../apps/cli/bin/tinyllm.js', import.meta.url));

export async function bench({ recipes, threads }) {
  const chosen = plan.filter(({ recipe }) => recipes === '' || recipes.split(',').includes(recipe));
  const rows = [];
  for (const entry of chosen) {
    const row = trainOne(entry);
    rows.push({ ...row, ...(entry.nanoGPT ? await trainInTorch(entry, threads) : {}) });
  }
  if (chosen.length === plan.length) {
    mkdirSync(`${root}docs/plots`, { recursive: true });
    for (const { recipe } of rows)
      copyFileSync(`${root}runs/recipe-${recipe}/plot.svg`, `${root}docs/plots/${recipe}.svg`);
    writeFileSync(`${root}docs/recipe-runs.md`, page(rows));
  }
  return rows.map(({ sample, command, ...row }) => row);
}

/** The run's recipe in PyTorch, with the same evaluations; its final loss, and the seconds of all. Kept beside the run. */
async function trainInTorch({ recipe, data }, threads) {
  const kept = `${root}runs/recipe-${recipe}/nanogpt.json`;
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8'));
  const settings = JSON.parse(readFileSync(`${root}runs/recipe-${recipe}/config.json`, 'utf8')).recipe;
  const { maxIters, evalInterval, evalIters } = settings.training;
  const { absent, version, ask, stop } = await torch(
    'nanogpt.py',
    [data, JSON.stringify(settings)],
    threads,
  ).start();
  if (absent) throw new Error(`${recipe} is to be trained beside PyTorch, which is absent: ${absent}`);
  const start = performance.now();
  let validation;
  for (let step = 0; step <= maxIters; step += evalInterval) {
    if (step > 0) await ask(`train ${evalInterval}`);
    await ask(`evaluate train ${evalIters}`);
    validation = (await ask(`evaluate validation ${evalIters}`)).loss;
  }
  stop();
  const result = {
    peer: version,
    peerValidation: validation,
    peerSeconds: (performance.now() - start) / 1000,
  };
  writeFileSync(kept, JSON.stringify(result));
  return result;
}

function trainOne({ recipe, data, settings: changes = '' }) {
  if (data !== undefined && !existsSync(data))
    throw new Error(`There is no ${data}, which ${recipe} trains on.`);
  const settings = [
    '--recipe',
    recipe,
    ...changes.split(' ').filter(Boolean),
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
    scale: /--scale (\S+)/.exec(changes)?.[1] ?? 1,
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
  const table = rows.map((row) => {
    const { recipe, scale, steps, tokens, train, validation, source, seconds, tokensPerSecond } = row;
    const cells = [
      recipe,
      scale,
      count(steps),
      count(tokens),
      train.toFixed(4),
      validation.toFixed(4),
      source,
      count(Math.round(seconds)),
      count(Math.round(tokensPerSecond)),
      row.peer ? `${row.peerValidation.toFixed(4)} in ${Math.round(row.peerSeconds)} s` : '',
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const runs = rows.map(
    ({ recipe, command, sample }) =>
      `## ${recipe}\n\n\`\`\`sh\n${command}\n\`\`\`\n\n![losses of ${recipe}](plots/${recipe}.svg)\n\n${quoted(sample)}\n`,
  );
  const { peer } = rows.find((row) => row.peer) ?? {};
  return `# Runs of the recipes

Written by \`pnpm bench recipes\` on ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}. Losses are in nats per
token, on windows spread evenly over each split; the seconds are of all, evaluations and samples too. A source's losses
are those of the whole recipe. nanoGPT is its model and loop on ${peer ?? 'PyTorch'}, with the same settings,
evaluations and windows, run just after ours.

| recipe | scale | steps | tokens | train | validation | source | time, s | tokens/s | nanoGPT |
| ------ | ----- | ----- | ------ | ----- | ---------- | ------ | ------- | -------- | ------- |
${table.join('\n')}

${runs.join('\n')}`;
}

const count = (number) => number.toLocaleString('en-US');

/** A text as it stands, though it may look like Markdown, HTML or Vue's templates. */
function quoted(text) {
  const escaped = text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<blockquote v-pre>${escaped.replaceAll('\n', '<br>')}</blockquote>`;
}
