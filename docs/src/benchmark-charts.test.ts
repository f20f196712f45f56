import { describe, expect, it } from 'vitest';
import { chart } from '../.vitepress/benchmark-charts';

const page = `# Benchmarks

## speed

Words.

| size | Node | ours, MB/s | peer  | ratio |
| ---- | ---- | ---------- | ----- | ----- |
| S1   | 20   | 1,000      | 500   | 2.0   |
|      | 24   | 300        |       |       |

## other
`;

describe('a chart of a benchmark', () => {
  it('shows the figures of the table as they stand there', () => {
    const html = chart(page, 'speed', ['size', 'Node'], ['ours', 'peer']);
    expect(html.match(/<p>.*?<\/p>/g)).toEqual(['<p>S1, Node 20</p>', '<p>S1, Node 24</p>']);
    expect(html.match(/<\/span>[^<]+/g)).toEqual(['</span>1,000', '</span>500', '</span>300']);
  });

  it('draws them to scale, within a row where there are several', () => {
    const widths = (...series: string[]): number[] =>
      [...chart(page, 'speed', ['size'], series).matchAll(/width: ([\d.]+)%/g)].map(([, width]) =>
        Number(width),
      );
    expect(widths('ours', 'peer')).toEqual([70, 35, 70]);
    expect(widths('ours')).toEqual([70, 21]);
  });

  it('does not come out where the table has changed', () => {
    expect(() => chart(page, 'speed', ['size'], ['theirs'])).toThrow(
      /has no column theirs, only size; Node;/,
    );
    expect(() => chart(page, 'gone', ['size'], ['ours'])).toThrow(/no table below a heading gone/);
    expect(() => chart(page, 'other', ['size'], ['ours'])).toThrow(/no table/);
    expect(() => chart(page, 'speed', ['ratio'], ['size'])).toThrow(/no figures/);
  });
});
