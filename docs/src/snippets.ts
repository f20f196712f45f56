/** The examples in READMEs and pages, as a reader would paste them. */
import ts from 'typescript';

export interface Snippet {
  /** Where it stands. */
  readonly name: string;
  /** `js` is run, and has to print. `ts` has its types checked, and is run where it prints. */
  readonly language: 'js' | 'ts';
  readonly code: string;
  /** The lines that it prints, by the page. */
  readonly prints: readonly string[];
}

/** Blocks of a page. One marked `continued` goes on where the one before it ended, in the same file. */
const FENCE = /^```(?<info>[^\n]*)\n(?<code>[\s\S]*?)^```$/gm;
const PRINTED = /^[^\n]*console\.log\(.*\); \/\/ (.*)$/gm;

/**
 * The js and ts blocks of a page. What one prints stands behind its `console.log`, or in a `text` block right behind it.
 */
export function snippetsOf(page: string, text: string): Snippet[] {
  const snippets: Snippet[] = [];
  let end = 0;
  for (const match of text.matchAll(FENCE)) {
    const { info = '', code = '' } = match.groups ?? {};
    const [language, ...words] = info.split(' ');
    const last = snippets.at(-1);
    const follows = text.slice(end, match.index).trim() === '';
    end = match.index + match[0].length;
    if (language === 'text' && follows && last) {
      snippets.splice(-1, 1, { ...last, prints: [...last.prints, ...code.trimEnd().split('\n')] });
    }
    if (language !== 'js' && language !== 'ts') continue;
    const prints = [...code.matchAll(PRINTED)].map(([, line = '']) => line);
    if (words.includes('continued') && last) {
      snippets.splice(-1, 1, { ...last, code: last.code + code, prints: [...last.prints, ...prints] });
    } else {
      snippets.push({ name: `${page}, example ${snippets.length + 1}`, language, code, prints });
    }
  }
  return snippets;
}

/** What TypeScript, as strict as in a new project, says of snippets in files of `folder`, by their names. */
export function typeErrors(snippets: readonly Snippet[], folder: string): Map<string, string[]> {
  const files = new Map(
    snippets.map(({ code }, i) => [`${folder}/snippet-${i}.ts`, `${code}\nexport {};\n`]),
  );
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: ['node'],
    typeRoots: [`${folder}/node_modules/@types`],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  const { getSourceFile } = host;
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const text = files.get(path);
    if (text === undefined) return getSourceFile(path, languageVersion, ...rest);
    return ts.createSourceFile(path, text, languageVersion, true);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return new Map(
    [...files.keys()].map((path, i) => [
      snippets[i]?.name ?? '',
      ts
        .getPreEmitDiagnostics(program, program.getSourceFile(path))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
    ]),
  );
}

/** A snippet as Node runs it. */
export function asJavaScript({ language, code }: Snippet): string {
  if (language === 'js') return code;
  const compilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
  };
  return ts.transpileModule(code, { compilerOptions }).outputText;
}
