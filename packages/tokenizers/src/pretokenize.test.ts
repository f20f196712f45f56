import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PretokenPattern, patternSources, scannerOf } from './pretokenize';
import { anyText } from './testing/texts';
import { chunkEnd, TextChunks } from './text-chunks';

/** The pattern as JavaScript reads it, with whitespace as Unicode, Rust and Python define it. */
function regExp(pattern: 'gpt2' | 'cl100k'): RegExp {
  const source = patternSources[pattern]
    .replace(/\(\?i:([^)]*)\)/, "'(?:[sSſtTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])") // (?i:…) needs Node 23
    .replaceAll('\\s\\p{L}', '\\p{White_Space}\\p{L}')
    .replaceAll('\\s', '\\p{White_Space}')
    .replaceAll('\\S', '\\P{White_Space}');
  return new RegExp(source, 'gu');
}

function pieces(text: string, pattern: PretokenPattern): string[] {
  const chunks = new TextChunks();
  const end = chunks.read(text, 0, text.length);
  const found: string[] = [];
  for (let start = 0; start < end; ) {
    const stop = scannerOf(pattern)(chunks.bytes, start, end);
    found.push(new TextDecoder('utf-8', { ignoreBOM: true }).decode(chunks.bytes.subarray(start, stop)));
    start = stop;
  }
  return found;
}

describe.each(['gpt2', 'cl100k'] as const)('the %s scanner', (pattern) => {
  it('cuts any text where its regular expression cuts', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(pieces(text, pattern)).toEqual(text.toWellFormed().match(regExp(pattern)) ?? []);
      }),
      { numRuns: 5000 },
    );
  });

  it('cuts between chunks of a long text where it cuts anyway', () => {
    const text = `${'It\'s 12345 o\'clock!!  \n\n "Well", she said... '.repeat(2000)}  end  `;
    const parts: string[] = [];
    for (let start = 0; start < text.length; ) {
      const end = chunkEnd(text, start, pattern);
      parts.push(...pieces(text.slice(start, end), pattern));
      start = end;
    }
    expect(parts).toEqual(pieces(text, pattern));
  });
});

it('no pattern leaves text whole', () => {
  expect(pieces("It's  \n 12 o'clock", 'none')).toEqual(["It's  \n 12 o'clock"]);
});
