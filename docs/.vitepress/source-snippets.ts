/**
 * A line `@source packages/model/src/gpt.ts gptForward` in a page stands for that declaration as it is in the file, with
 * its doc comment. A page that names what is no longer there does not build, so no page shows code that has drifted.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { MarkdownOptions } from 'vitepress';

type MarkdownIt = Parameters<NonNullable<MarkdownOptions['config']>>[0];

const root = new URL('../../', import.meta.url);
const LINE = /^@source (?<path>\S+\.ts) (?<names>[\w, ]+)$/;

export function sourceSnippets(md: MarkdownIt): void {
  md.block.ruler.before('fence', 'source', (state, startLine, _endLine, silent) => {
    const start = (state.bMarks[startLine] as number) + (state.tShift[startLine] as number);
    const found = LINE.exec(state.src.slice(start, state.eMarks[startLine]).trim())?.groups;
    if (!found) return false;
    if (silent) return true;
    const { path = '', names = '' } = found;
    const caption = state.push('html_block', '', 0);
    caption.content = `<p class="source-path"><code>${path}</code></p>\n`;
    const code = state.push('fence', 'code', 0);
    code.info = 'ts';
    code.markup = '```';
    code.content = `${declarations(path, names.split(/,\s*/)).join('\n\n')}\n`;
    code.map = [startLine, startLine + 1];
    state.line = startLine + 1;
    return true;
  });
}

/** The text of top-level declarations of a file of the repository. Throws where one is not there. */
export function declarations(path: string, names: readonly string[]): string[] {
  const file = fileURLToPath(new URL(path, root));
  const text = readFileSync(file, 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  return names.map((name) => {
    const node = source.statements.find((statement) => namesOf(statement).includes(name));
    if (node === undefined)
      throw new Error(`A page shows ${name} of ${path}, which has no such declaration.`);
    const doc = ts.getJSDocCommentsAndTags(node)[0];
    return text.slice(doc?.getStart() ?? node.getStart(), node.end);
  });
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  const { name } = statement as unknown as { name?: ts.Identifier };
  return name ? [name.text] : [];
}
