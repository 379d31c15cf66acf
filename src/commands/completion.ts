import type { Command } from 'commander';
import { audits } from '../audits/index.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

interface Verb {
  readonly name: string;
  readonly about: string;
  readonly options: readonly {
    readonly flag: string;
    readonly about: string;
    readonly takesValue: boolean;
  }[];
}

/** `pm2-audit completion bash|zsh|fish`: made from the command line itself, so it cannot fall behind. */
export async function runCompletion(shell: string, root: Command, terminal: Terminal): Promise<number> {
  const verbs = root.commands.map((command) => ({
    name: command.name(),
    about: command.description(),
    options: command.options
      .filter(({ hidden }) => !hidden)
      .map(({ long, description, required, optional }) => ({
        flag: long ?? '',
        about: description,
        takesValue: required || optional,
      })),
  }));
  const ids = audits.map(({ id }) => id);
  const make = { bash, zsh, fish }[shell];
  if (make === undefined)
    throw new UsageError(`completion ${shell}: not a shell we know. Use bash, zsh or fish.`);
  terminal.stdout(make(verbs, ids));
  return 0;
}

/** Single quotes for a shell word; ours hold no newlines. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const names = (verbs: readonly Verb[]): string => verbs.map(({ name }) => name).join(' ');
const flags = ({ options }: Verb): string => options.map(({ flag }) => flag).join(' ');

function bash(verbs: readonly Verb[], ids: readonly string[]): string {
  const cases = verbs.map((verb) => `    ${verb.name}) words="${flags(verb)}" ;;`).join('\n');
  return `# bash completion for pm2-audit; use it with: source <(pm2-audit completion bash)
_pm2_audit() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" verb="\${COMP_WORDS[1]}" words=""
  case "$previous" in
    --home|--out|--config|--kernel-log|-o|--output) COMPREPLY=($(compgen -f -- "$current")); return ;;
    --lang) COMPREPLY=($(compgen -W "en zh-CN" -- "$current")); return ;;
    --fail-on|-w|--warning|-c|--critical) COMPREPLY=($(compgen -W "P0 P1 P2 P3 never" -- "$current")); return ;;
    explain) COMPREPLY=($(compgen -W "${ids.join(' ')}" -- "$current")); return ;;
    completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$current")); return ;;
  esac
  case "$verb" in
${cases}
    *) words="${names(verbs)} ${flags(verbs[0] ?? { name: '', about: '', options: [] })}" ;;
  esac
  if [[ "$current" == -* || "$COMP_CWORD" -eq 1 ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); else COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _pm2_audit pm2-audit
`;
}

function zsh(verbs: readonly Verb[], ids: readonly string[]): string {
  const describe = verbs
    .map(({ name, about }) => `    ${quoted(`${name}:${about.replaceAll(':', ' -')}`)}`)
    .join('\n');
  const plain = (text: string): string => text.replace(/[[\]:]/g, ' ');
  const cases = verbs
    .map(({ name, options }) => {
      const specs = options.map(
        ({ flag, about, takesValue }) =>
          `      ${quoted(`${flag}[${plain(about)}]${takesValue ? ':value:_files' : ''}`)}`,
      );
      const rest = name === 'explain' ? `      ':audit:(${ids.join(' ')})'` : "      '*:file:_files'";
      return `    ${name}) _arguments \\\n${[...specs, rest].join(' \\\n')} ;;`;
    })
    .join('\n');
  return `#compdef pm2-audit
# zsh completion for pm2-audit; use it with: source <(pm2-audit completion zsh)
_pm2_audit() {
  local -a verbs=(
${describe}
  )
  if (( CURRENT == 2 )); then _describe 'command' verbs; return; fi
  local verb="$words[2]"
  shift words; (( CURRENT-- ))
  case "$verb" in
${cases}
  esac
}
compdef _pm2_audit pm2-audit
`;
}

function fish(verbs: readonly Verb[], ids: readonly string[]): string {
  const lines = verbs.flatMap(({ name, about, options }) => [
    `complete -c pm2-audit -n __fish_use_subcommand -a ${name} -d ${quoted(about)}`,
    ...options.map(
      ({ flag, about: text, takesValue }) =>
        `complete -c pm2-audit -n '__fish_seen_subcommand_from ${name}' -l ${flag.replace(/^--/, '')}${takesValue ? ' -r' : ''} -d ${quoted(text)}`,
    ),
  ]);
  return `# fish completion for pm2-audit; use it with: pm2-audit completion fish | source
${lines.join('\n')}
complete -c pm2-audit -f -n '__fish_seen_subcommand_from explain' -a ${quoted(ids.join(' '))}
complete -c pm2-audit -f -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
`;
}
