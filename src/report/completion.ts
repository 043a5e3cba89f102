// Completion scripts for shells, from the list of commands. Words are literals of this program: nothing is run.

export interface CompletedCommand {
  readonly words: readonly string[];
  readonly summary: string;
  readonly flags: readonly string[];
}

/** A script that completes commands and their flags. zsh reads bash's by its `bashcompinit`. */
export function completionScript(
  shell: 'bash' | 'zsh' | 'fish',
  commands: readonly CompletedCommand[],
): string {
  if (shell === 'fish') return fishScript(commands);
  const bash = bashScript(commands);
  return shell === 'bash'
    ? bash
    : `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bash}`;
}

function bashScript(commands: readonly CompletedCommand[]): string {
  const choices = choicesByPath(commands);
  const known = [...choices.keys()].filter((path) => path !== '').map((path) => `'${path}'`);
  const cases = [...choices].map(([path, words]) => `    '${path}') choices='${words.join(' ')}' ;;`);
  return `_qbuild() {
  local word path='' choices=''
  for word in "\${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do
    case "\${path:+$path }$word" in
      ${known.join(' | ')}) path="\${path:+$path }$word" ;;
    esac
  done
  case $path in
${cases.join('\n')}
  esac
  # shellcheck disable=SC2207 # choices have neither spaces nor patterns, and zsh has no mapfile
  COMPREPLY=($(compgen -W "$choices" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _qbuild qbuild ./qbuild
`;
}

/** What can follow the words of each command and topic, in the order of the commands. */
function choicesByPath(commands: readonly CompletedCommand[]): ReadonlyMap<string, readonly string[]> {
  const choices = new Map<string, string[]>([['', []]]);
  for (const { words, flags } of commands) {
    for (const [index, word] of words.entries()) {
      const above = choices.get(words.slice(0, index).join(' '));
      if (above?.includes(word) === false) above.push(word);
      const path = words.slice(0, index + 1).join(' ');
      if (!choices.has(path)) choices.set(path, []);
    }
    choices.get(words.join(' '))?.push(...flags.map((flag) => `--${flag}`));
  }
  const isFlag = (word: string) => Number(word.startsWith('-'));
  for (const all of choices.values()) all.sort((a, b) => isFlag(a) - isFlag(b)).push('--help');
  return choices;
}

function fishScript(commands: readonly CompletedCommand[]): string {
  const topics = new Set(commands.flatMap(({ words }) => (words.length > 1 ? words.slice(0, 1) : [])));
  for (const { words } of commands) if (words.length === 1) topics.delete(words[0] as string);
  const lines = commands.flatMap(({ words, summary, flags }) => {
    const [first = '', second] = words;
    const text = summary.replaceAll('\\', '').replaceAll("'", '’');
    const condition = second === undefined ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${first}`;
    const seen = `__fish_seen_subcommand_from ${second ?? first}`;
    return [
      `complete -c qbuild -f -n '${condition}' -a '${second ?? first}' -d '${text}'`,
      ...flags.map((flag) => `complete -c qbuild -f -n '${seen}' -l '${flag}'`),
    ];
  });
  const above = [...topics].map((topic) => `complete -c qbuild -f -n '__fish_use_subcommand' -a '${topic}'`);
  return `${[...above, ...lines].join('\n')}\n`;
}
