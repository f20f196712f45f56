import { Argument, Command, type Option } from 'commander';
import { print } from '../output';

/** `tinyllm completion`: a script that lets a shell complete commands and flags. */
export function completionCommand(): Command {
  const scripts = { bash, zsh, fish };
  const command = new Command('completion')
    .description('Print a script that has a shell complete the commands and flags of tinyllm.')
    .addArgument(new Argument('<shell>').choices(Object.keys(scripts)))
    .addHelpText(
      'after',
      '\nExamples:\n  tinyllm completion bash >> ~/.bashrc\n  tinyllm completion zsh > ~/.zsh/completions/_tinyllm\n' +
        '  tinyllm completion fish > ~/.config/fish/completions/tinyllm.fish',
    )
    .action((shell: keyof typeof scripts) => {
      const { commands } = command.parent as Command;
      print(scripts[shell](commands));
    });
  return command;
}

const flag = ({ long }: Option): string => long ?? '';

function bash(commands: readonly Command[]): string {
  const flags = commands.map(
    (command) => `    ${command.name()}) words="${command.options.map(flag).join(' ')}" ;;`,
  );
  const choices = new Map(
    commands.flatMap(({ options }) =>
      options.flatMap((option) => (option.argChoices ? [[flag(option), option.argChoices] as const] : [])),
    ),
  );
  const values = [...choices].map(([name, all]) => `    ${name}) words="${all.join(' ')}" ;;`);
  return `# Completion of tinyllm in bash.
_tinyllm() {
  local words=""
  case "\${COMP_WORDS[1]}" in
${flags.join('\n')}
  esac
  case "\${COMP_WORDS[COMP_CWORD - 1]}" in
${values.join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="${commands.map((command) => command.name()).join(' ')}"; fi
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _tinyllm tinyllm`;
}

function zsh(commands: readonly Command[]): string {
  const entry = (name: string, description: string): string =>
    quoted(`${name.replaceAll(':', '\\:')}:${description.replaceAll(':', '\\:')}`);
  const flags = commands.map(
    (command) =>
      `      ${command.name()}) entries=(${command.options.map((option) => entry(flag(option), option.description)).join(' ')}) ;;`,
  );
  return `#compdef tinyllm
# Completion of tinyllm in zsh.
_tinyllm() {
  local -a entries
  if (( CURRENT == 2 )); then
    entries=(${commands.map((command) => entry(command.name(), command.description())).join(' ')})
    _describe command entries
  else
    case "$words[2]" in
${flags.join('\n')}
    esac
    _describe option entries
    _files
  fi
}
compdef _tinyllm tinyllm`;
}

function fish(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => [
    `complete -c tinyllm -n __fish_use_subcommand -a ${command.name()} -d ${quoted(command.description())}`,
    ...command.options.map((option) => {
      const values = option.argChoices
        ? ` -x -a ${quoted(option.argChoices.join(' '))}`
        : option.required
          ? ' -r'
          : '';
      const seen = quoted(`__fish_seen_subcommand_from ${command.name()}`);
      return `complete -c tinyllm -n ${seen} -l ${flag(option).slice(2)} -d ${quoted(option.description)}${values}`;
    }),
  ]);
  return ['# Completion of tinyllm in fish.', ...lines].join('\n');
}

/** A word of a shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
