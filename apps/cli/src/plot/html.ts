import { count, duration } from '../output';
import type { RunCurves } from './curves';
import { plotSVG } from './svg';

/** A page of its own, nothing to fetch: the curves together, a table, and every run by itself. */
export function plotHTML(runs: readonly RunCurves[]): string {
  const rows = runs.map(({ name, train, validation, tokensSeen, seconds }) => {
    const best = Math.min(...validation.map(({ loss }) => loss));
    const cells = [
      name,
      count(validation.at(-1)?.step ?? 0),
      count(tokensSeen),
      ...[train.at(-1)?.loss, validation.at(-1)?.loss, best].map((loss) => loss?.toFixed(4) ?? ''),
      Math.exp(best).toFixed(2),
      duration(seconds),
    ];
    return `<tr>${cells.map((cell) => `<td>${cell.replace(/[&<]/g, (c) => `&#${c.charCodeAt(0)};`)}</td>`).join('')}</tr>`;
  });
  const figures = runs.length > 1 ? [plotSVG(runs), ...runs.map((run) => plotSVG([run]))] : [plotSVG(runs)];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>tinyllm runs</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; color: #24292f; max-width: 960px; margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; margin: 1rem 0; font-variant-numeric: tabular-nums; }
  th, td { text-align: right; padding: 0.35rem 0.6rem; border-bottom: 1px solid #eaeef2; }
  th:first-child, td:first-child { text-align: left; }
  svg { width: 100%; height: auto; }
</style>
<table>
<tr><th>run</th><th>steps</th><th>tokens</th><th>train</th><th>validation</th><th>best</th><th>perplexity</th><th>time</th></tr>
${rows.join('\n')}
</table>
${figures.join('\n')}
</html>
`;
}
