/**
 * A line `@chart training: size, Node: ours, PyTorch` in a page stands for bars of those columns of the table below that
 * heading of benchmarks.md, a group of bars for each row, named by the columns in the middle. A page that names what is no
 * longer there does not build, so no chart shows other figures than the table. Columns that have a comma in their name
 * are named up to it.
 */
import { readFileSync } from 'node:fs';
import type { MarkdownOptions } from 'vitepress';

type MarkdownIt = Parameters<NonNullable<MarkdownOptions['config']>>[0];

const LINE = /^@chart (?<section>[^:]+): (?<labels>[^:]+): (?<series>[^:]+)$/;
const list = (names: string): string[] => names.split(',').map((name) => name.trim());

export function benchmarkCharts(md: MarkdownIt): void {
  md.block.ruler.before('fence', 'chart', (state, startLine, _endLine, silent) => {
    const start = (state.bMarks[startLine] as number) + (state.tShift[startLine] as number);
    const found = LINE.exec(state.src.slice(start, state.eMarks[startLine]).trim())?.groups;
    if (!found) return false;
    if (silent) return true;
    const { section = '', labels = '', series = '' } = found;
    const page = readFileSync(new URL('../benchmarks.md', import.meta.url), 'utf8');
    state.push('html_block', '', 0).content = chart(page, section, list(labels), list(series));
    state.line = startLine + 1;
    return true;
  });
}

/**
 * Bars of the columns `series` of the table in a section of a page, as HTML. Bars of several columns share a scale within
 * a row, those of one column in the whole chart. Throws where the section, a column or all figures are missing.
 */
export function chart(
  page: string,
  section: string,
  labels: readonly string[],
  series: readonly string[],
): string {
  const { columns, rows } = tableOf(page, section);
  const indexOf = (name: string): number => {
    const index = columns.findIndex((column) => column === name || column.startsWith(`${name},`));
    if (index < 0) {
      throw new Error(
        `The table of ${section} in benchmarks.md has no column ${name}, only ${columns.join('; ')}.`,
      );
    }
    return index;
  };
  const groups = rows.map((row) => ({
    label: labels.map((name) => labelOf(name, row[indexOf(name)] ?? '')).join(', '),
    bars: series
      .map((name) => ({ name, shown: row[indexOf(name)] ?? '' }))
      .map((bar) => ({ ...bar, value: Number(bar.shown.replaceAll(',', '')) }))
      .filter(({ shown, value }) => shown !== '' && Number.isFinite(value)),
  }));
  const values = groups.map(({ bars }) => bars.map(({ value }) => value));
  if (values.flat().length === 0) throw new Error(`There are no figures of ${series} in ${section}.`);
  const highest = (own: readonly number[]): number => Math.max(...(series.length > 1 ? own : values.flat()));
  const html = groups.map(({ label, bars }, i) => {
    const scale = highest(values[i] ?? []);
    const lines = bars.map(
      ({ name, shown, value }) =>
        `<div><dt>${escaped(name)}</dt><dd class="bar-${series.indexOf(name)}"><span style="width: ${((70 * value) / scale).toFixed(1)}%"></span>${escaped(shown)}</dd></div>`,
    );
    return `<p>${escaped(label)}</p><dl>${lines.join('')}</dl>`;
  });
  return `<div class="chart${series.length > 1 ? '' : ' one'}">${html.join('\n')}</div>\n`;
}

/** A figure by itself, such as 20, says little without its column's name. */
function labelOf(column: string, cell: string): string {
  return /^[\d,.]+$/.test(cell) ? `${column} ${cell}` : cell;
}

/** The first table below a heading; an empty first cell means the same as above it. */
function tableOf(page: string, section: string): { columns: string[]; rows: string[][] } {
  const below = page.split(/^## /m).find((part) => part.startsWith(`${section}\n`));
  const lines =
    /(?:^\|.*\n)+/m
      .exec(below ?? '')?.[0]
      .trimEnd()
      .split('\n') ?? [];
  const cells = lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.replaceAll('`', '').trim()),
  );
  const [columns, _rule, ...rows] = cells;
  if (columns === undefined || rows.length === 0) {
    throw new Error(`benchmarks.md has no table below a heading ${section}.`);
  }
  let above = '';
  for (const row of rows) {
    above = row[0] || above;
    row[0] = above;
  }
  return { columns, rows };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('{', '&#123;');
}
