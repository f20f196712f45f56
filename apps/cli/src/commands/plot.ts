import { writeFile } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { TinyllmError } from '@tinyllm/common';
import { Command } from 'commander';
import { foldersIn } from '../disk';
import { print } from '../output';
import { type RunCurves, readCurves } from '../plot/curves';
import { plotHTML } from '../plot/html';
import { plotSVG } from '../plot/svg';
import { runsByAge } from '../run-folder';

/** Pixels of a PNG to one of the SVG. */
const ZOOM = 2;

/** `tinyllm plot`: the loss curves of runs as a picture. */
export function plotCommand(): Command {
  return new Command('plot')
    .description('Draw the loss curves of one run, or compare several.')
    .argument('[runs...]', 'folders of runs; default: the newest')
    .option('--out <file>', 'where to: its name ends in .svg, .png or .html', 'plot.svg')
    .addHelpText('after', '\nExamples:\n  tinyllm plot\n  tinyllm plot runs/* --out runs.html')
    .action(async (folders: string[], { out }: { out: string }) => {
      const draw = formats[extname(out).toLowerCase()];
      if (draw === undefined) {
        throw new TinyllmError(
          'cli/unknown-format',
          `${out} must end in ${Object.keys(formats).join(', ')}, which says what is drawn.`,
        );
      }
      const runs =
        folders.length > 0
          ? (await Promise.all(folders.map(expand))).flat()
          : (await runsByAge()).slice(0, 1);
      if (runs.length === 0) {
        throw new TinyllmError(
          'cli/no-metrics',
          'There are no runs in runs/ yet. Train one first: tinyllm train',
        );
      }
      await writeFile(out, await draw(await Promise.all(runs.map(readCurves))));
      print(`Drew ${runs.join(', ')} into ${out}.`);
    });
}

/** What `runs/*` stands for where no shell says it, as on Windows; the path itself where it stands for no folder. */
async function expand(path: string): Promise<string[]> {
  if (basename(path) !== '*') return [path];
  const folders = (await foldersIn(dirname(path))).map(({ path }) => path).sort();
  return folders.length > 0 ? folders : [path];
}

const formats: Readonly<Record<string, (runs: readonly RunCurves[]) => string | Promise<Uint8Array>>> = {
  '.svg': plotSVG,
  '.png': async (runs) => {
    const { Resvg } = await import('@resvg/resvg-js').catch((cause) => {
      throw new TinyllmError(
        'cli/no-png',
        'Drawing a PNG takes the optional package @resvg/resvg-js, which is not installed here. Draw an .svg or .html.',
        { cause },
      );
    });
    const font = { defaultFontFamily: 'DejaVu Sans', sansSerifFamily: 'DejaVu Sans' };
    return new Resvg(plotSVG(runs), { fitTo: { mode: 'zoom', value: ZOOM }, font }).render().asPng();
  },
  '.html': plotHTML,
};
