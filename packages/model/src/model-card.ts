/** Model cards: a README.md that says what a model is, with the front matter of the Hugging Face hub. */
import { familyOf } from './hugging-face-config';
import { type ModelConfig, parameterCount } from './model';

/** What a card tells beyond the model's config; what is not known is left out. */
export interface CardFacts {
  /** Of the model. */
  readonly name: string;
  /** Its folder in the examples. Default: `name`. */
  readonly path?: string;
  /** What it was trained on, in a few words. */
  readonly data?: string;
  /** Licence of that data, where it can be as the hub writes it: `cdla-sharing-1.0`. Default: not stated. */
  readonly dataLicense?: string;
  /** Rows of the table of training: settings, tokens, time. */
  readonly training?: Readonly<Record<string, string | number>>;
  /** Losses on text it was not trained on, and the like: rows of a table. */
  readonly evaluation?: Readonly<Record<string, string | number>>;
  /** Path of the plot of its losses, relative to the card. */
  readonly plot?: string;
  /** Texts that it wrote, as they came. */
  readonly samples?: readonly string[];
}

/** The card of a model, as Markdown. */
export function modelCard(model: ModelConfig, facts: CardFacts): string {
  const { name, path = name, data, dataLicense, training, evaluation, plot, samples = [] } = facts;
  const { total, embeddings } = parameterCount(model);
  const inPython = model.architecture === 'gpt' && familyOf(model.config) !== undefined;
  const licence = `Licence of the data: ${dataLicense ?? 'not stated'}.`;
  const trained = [
    data && `On ${data}. ${licence}`,
    training && table(training),
    plot && `![losses](${plot})`,
  ];
  const sections: [string, (string | undefined)[]][] = [
    [
      'Architecture',
      [table({ parameters: count(total), 'of which embeddings': count(embeddings), ...model.config })],
    ],
    ['Training', trained],
    ['Evaluation', [evaluation && table(evaluation)]],
    ['Samples', samples.map(quote)],
    ['Use', [useHere(path), inPython ? useInPython(path) : undefined]],
  ];
  const told = sections
    .map(([title, parts]) => [title, parts.filter((part) => part !== undefined && part !== '')] as const)
    .filter(([, parts]) => parts.length > 0);
  const body = told.map(([title, parts]) => `## ${title}\n\n${parts.join('\n\n')}\n`);
  return [frontMatter(dataLicense, inPython), `# ${name}\n`, ...body].join('\n');
}

/** Licences of data that the hub knows by these identifiers; it takes others by their name. */
const hubLicenses: readonly string[] = [
  ...['mit', 'apache-2.0', 'unlicense', 'cc0-1.0', 'pddl', 'odc-by', 'odbl', 'cc-by-3.0', 'cc-by-4.0'],
  ...['cc-by-sa-3.0', 'cc-by-sa-4.0', 'cc-by-nc-4.0', 'cc-by-nc-sa-4.0', 'gpl-3.0', 'gfdl'],
  ...['cdla-sharing-1.0', 'cdla-permissive-1.0', 'cdla-permissive-2.0'],
];

function frontMatter(license: string | undefined, inPython: boolean): string {
  const library = inPython ? 'library_name: transformers\n' : '';
  return `---\n${licenseFields(license)}${library}pipeline_tag: text-generation\ntags:\n- tinyllm\n---\n`;
}

function licenseFields(license: string | undefined): string {
  if (license === undefined) return 'license: unknown\n';
  const id = license.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-');
  return hubLicenses.includes(id) ? `license: ${id}\n` : `license: other\nlicense_name: "${id}"\n`;
}

function useHere(path: string): string {
  return `With tinyllm:\n\n\`\`\`sh\nnpx @tinyllm/cli sample --checkpoint ${path}\n\`\`\``;
}

function useInPython(path: string): string {
  const lines = [
    'from transformers import AutoModelForCausalLM, AutoTokenizer',
    '',
    `model = AutoModelForCausalLM.from_pretrained(${JSON.stringify(path)})`,
    `tokenizer = AutoTokenizer.from_pretrained(${JSON.stringify(path)})`,
  ];
  return `In Python:\n\n\`\`\`python\n${lines.join('\n')}\n\`\`\``;
}

function table(rows: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(rows).map(([name, value]) => `| ${cell(name)} | ${cell(value)} |`);
  return ['| | |', '| --- | --- |', ...lines].join('\n');
}

/** A bar or a line break would end the cell. */
function cell(value: unknown): string {
  return String(value).replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
}

/** A text as Markdown shows it as it is, whatever it has in it: fenced by more backticks than it has itself. */
function quote(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

function count(n: number): string {
  return n.toLocaleString('en');
}
