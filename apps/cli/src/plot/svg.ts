/** Loss curves of runs as one SVG document. */
import { count } from '../output';
import { smoothed, ticks } from './axis';
import type { Point, RunCurves } from './curves';

const WIDTH = 960;
const HEIGHT = 540;
const FRAME = { left: 72, right: 232, top: 64, bottom: 56 };

/** Okabe and Ito's colours, which people who see few colours can tell apart too. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'] as const;
const INK = '#24292f';
const FAINT = '#8c959f';
const GRID = '#eaeef2';

/** Lines of text beside the curves keep this distance, in pixels. */
const LABEL_HEIGHT = 17;
/** Characters of a label that fit. */
const LABEL_LENGTH = 19;

interface Series {
  readonly points: readonly Point[];
  readonly colour: string;
  readonly style: string;
  /** What stands beside its end. */
  readonly label?: string;
  /** Whether every point is marked, and says its loss when pointed at. */
  readonly marked?: boolean;
}

/** The curves of some runs over their steps: one run with all its curves, several by their validation losses. */
export function plotSVG(runs: readonly RunCurves[]): string {
  const [only] = runs;
  const series = runs.length === 1 && only ? curvesOf(only) : runs.map(comparedCurve);
  const lines = runs.length === 1 && only ? levelsOf(only) : [];
  const points = series.flatMap((one) => one.points).filter(({ loss }) => Number.isFinite(loss));
  const losses = [...points.map(({ loss }) => loss), ...lines.map(({ loss }) => loss)];
  const range = {
    step: [
      0,
      maximum(
        points.map(({ step }) => step),
        1,
      ),
    ],
    loss: padded(losses),
  } as const;
  const x = (step: number): number =>
    FRAME.left +
    ((step - range.step[0]) / (range.step[1] - range.step[0])) * (WIDTH - FRAME.left - FRAME.right);
  const y = (loss: number): number =>
    HEIGHT -
    FRAME.bottom -
    ((loss - range.loss[0]) / (range.loss[1] - range.loss[0])) * (HEIGHT - FRAME.top - FRAME.bottom);
  const title = runs.length === 1 && only ? only.name : `${runs.length} runs`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="13" fill="${INK}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(FRAME.left, 30, title, 'font-size="19" font-weight="600"'),
    text(FRAME.left, 49, subtitle(runs), `fill="${FAINT}"`),
    ...axes(range, x, y),
    ...lines.map(({ loss, label }) => level(y(loss), label)),
    ...series.map((one) => curve(one, x, y)),
    ...labels(series, y),
    '</svg>\n',
  ].join('\n');
}

/** Every step, faint, their smoothed course, and the evaluations. */
function curvesOf({ steps, train, validation }: RunCurves): Series[] {
  const span = Math.max(1, steps.length / 25);
  const course = smoothed(
    steps.map(({ loss }) => loss),
    span,
  );
  const smooth = steps.map(({ step }, i) => ({ step, loss: course[i] as number }));
  return [
    { points: steps, colour: COLOURS[0], style: 'stroke-width="1" opacity="0.22"' },
    { points: smooth, colour: COLOURS[0], style: 'stroke-width="2"', label: 'batches' },
    { points: train, colour: COLOURS[2], style: 'stroke-width="1.5" stroke-dasharray="5 4"', label: 'train' },
    { points: validation, colour: COLOURS[1], style: 'stroke-width="2"', label: 'validation', marked: true },
  ];
}

function comparedCurve({ name, validation }: RunCurves, index: number): Series {
  const colour = COLOURS[index % COLOURS.length] as string;
  const dashes = index < COLOURS.length ? '' : ' stroke-dasharray="6 4"';
  return { points: validation, colour, style: `stroke-width="2"${dashes}`, label: name, marked: true };
}

/** Losses that a run is seen beside: what knowing nothing costs, and what its source reached. */
function levelsOf({ config }: RunCurves): { loss: number; label: string }[] {
  const chance = { loss: Math.log(Number(config.model.vocabSize)), label: 'chance' };
  const references = config.recipe.references ?? [];
  return [
    chance,
    ...references.map(({ validationLoss, source }) => ({ loss: validationLoss, label: source })),
  ];
}

function subtitle(runs: readonly RunCurves[]): string {
  const [only] = runs;
  if (runs.length > 1 || only === undefined) return 'validation loss, nats per token';
  const tokens = count(only.tokensSeen);
  return `loss, nats per token, over ${tokens} tokens on ${only.config.backend.name}`;
}

type Scale = (value: number) => number;

function axes(
  range: { readonly step: readonly [number, number]; readonly loss: readonly [number, number] },
  x: Scale,
  y: Scale,
): string[] {
  const right = WIDTH - FRAME.right;
  const bottom = HEIGHT - FRAME.bottom;
  const horizontal = ticks(...range.loss, 7).flatMap((loss) => [
    `<line x1="${FRAME.left}" x2="${right}" y1="${at(y(loss))}" y2="${at(y(loss))}" stroke="${GRID}"/>`,
    text(FRAME.left - 10, y(loss) + 4.5, String(loss), `text-anchor="end" fill="${FAINT}"`),
  ]);
  const vertical = ticks(...range.step, 7).map((step) =>
    text(x(step), bottom + 22, count(step), `text-anchor="middle" fill="${FAINT}"`),
  );
  const baseline = `<line x1="${FRAME.left}" x2="${right}" y1="${bottom}" y2="${bottom}" stroke="${FAINT}"/>`;
  return [
    ...horizontal,
    ...vertical,
    baseline,
    text(right, bottom + 42, 'steps', `text-anchor="end" fill="${FAINT}"`),
  ];
}

function level(y: number, label: string): string {
  const line = `<line x1="${FRAME.left}" x2="${WIDTH - FRAME.right}" y1="${at(y)}" y2="${at(y)}" stroke="${FAINT}" stroke-dasharray="2 4"/>`;
  return (
    line + text(WIDTH - FRAME.right - 6, y - 5, label, `text-anchor="end" fill="${FAINT}" font-size="11.5"`)
  );
}

function curve({ points, colour, style, marked, label }: Series, x: Scale, y: Scale): string {
  const finite = points.filter(({ loss }) => Number.isFinite(loss));
  const path = finite.map(({ step, loss }) => `${at(x(step))},${at(y(loss))}`).join(' ');
  const line = `<polyline points="${path}" fill="none" stroke="${colour}" stroke-linejoin="round" ${style}/>`;
  if (!marked) return line;
  const marks = finite.map(
    ({ step, loss }) =>
      `<circle cx="${at(x(step))}" cy="${at(y(loss))}" r="3" fill="#ffffff" stroke="${colour}" stroke-width="1.8">` +
      `<title>${escaped(label ?? '')}, step ${count(step)}: ${loss.toFixed(4)}</title></circle>`,
  );
  return [line, ...marks].join('');
}

/** The labels right of the curves, as high as these end, moved apart where they would touch. */
function labels(series: readonly Series[], y: Scale): string[] {
  const ends = series.flatMap(({ points, label, colour }) => {
    const end = points.findLast(({ loss }) => Number.isFinite(loss));
    return label === undefined || end === undefined ? [] : [{ end, label, colour, y: y(end.loss) }];
  });
  ends.sort((a, b) => a.y - b.y);
  const room = HEIGHT - FRAME.bottom - LABEL_HEIGHT * (ends.length - 1);
  let least = FRAME.top;
  return ends.map(({ end, label, colour, y: wanted }, i) => {
    const place = Math.min(Math.max(wanted, least), room + i * LABEL_HEIGHT);
    least = place + LABEL_HEIGHT;
    const shown = label.length > LABEL_LENGTH ? `${label.slice(0, LABEL_LENGTH - 1)}…` : label;
    return text(
      WIDTH - FRAME.right + 12,
      place + 4.5,
      `${shown} ${end.loss.toFixed(3)}`,
      `fill="${colour}" font-weight="600"`,
    );
  });
}

/** From below the least to above the highest, but for single values that are far above the others. */
function padded(losses: readonly number[]): readonly [number, number] {
  const sorted = [...losses].sort((a, b) => a - b);
  const low = sorted[0] ?? 0;
  const high = sorted[Math.floor(sorted.length * 0.995)] ?? 1;
  const margin = 0.05 * (high - low || 1);
  return [Math.max(0, low - margin), high + margin];
}

function maximum(values: readonly number[], least: number): number {
  return values.reduce((most, value) => Math.max(most, value), least);
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${at(x)}" y="${at(y)}" ${attributes}>${escaped(content)}</text>`;
}

function at(pixels: number): string {
  return String(Math.round(pixels * 10) / 10);
}

function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
