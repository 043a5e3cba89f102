// Completion scripts: accepted by the shells, and completing what a person types.
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { completionScript } from '../../src/report/completion.ts';

const COMMANDS = [
  { words: ['product'], summary: "Build: it's `x` $(y)", flags: ['plan', 'locked', 'out'] },
  { words: ['product', 'list'], summary: 'List', flags: [] },
  { words: ['product', 'show'], summary: 'Show', flags: [] },
  { words: ['cache', 'gc'], summary: 'Collect', flags: ['days'] },
  { words: ['cache', 'list'], summary: 'List', flags: [] },
  { words: ['doctor'], summary: 'Check \\', flags: ['install-host-tools'] },
];

/** What bash offers for the last of these words. */
function completed(...words: string[]): string[] {
  const script = `${completionScript('bash', COMMANDS)}
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    complete -p qbuild >/dev/null
    _qbuild || true
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const said = execFileSync('bash', ['-euc', script, 'bash', 'qbuild', ...words], { encoding: 'utf8' });
  return said.split('\n').filter((line) => line !== '');
}

describe('completion in bash', () => {
  test('passes shellcheck', () => {
    const script = completionScript('bash', COMMANDS);
    const checked = spawnSync('shellcheck', ['--shell=bash', '-'], { input: script, encoding: 'utf8' });
    expect(checked.stdout).toBe('');
    expect(checked.status).toBe(0);
  });

  test('offers commands and topics', () => {
    expect(completed('')).toEqual(['product', 'cache', 'doctor', '--help']);
    expect(completed('pr')).toEqual(['product']);
    expect(completed('nothing')).toEqual([]);
  });

  test('offers what is below a topic or a command', () => {
    expect(completed('cache', '')).toEqual(['gc', 'list', '--help']);
    expect(completed('product', '')).toEqual(['list', 'show', '--plan', '--locked', '--out', '--help']);
    expect(completed('cache', 'gc', '--d')).toEqual(['--days']);
  });

  test('offers flags after arguments and after other flags', () => {
    expect(completed('product', 'qubes', '--lo')).toEqual(['--locked']);
    expect(completed('product', '--out', 'list-of-things', 'qubes', '--pl')).toEqual(['--plan']);
  });

  test('runs nothing of what was typed', () => {
    expect(completed('product', '$(touch /tmp/never)', '`false`', '--pl')).toEqual(['--plan']);
  });
});

test('completion in fish quotes summaries and knows every command', () => {
  const script = completionScript('fish', COMMANDS);
  expect(script).toContain(
    "complete -c qbuild -f -n '__fish_use_subcommand' -a 'product' -d 'Build: it’s `x` $(y)'\n",
  );
  expect(script).toContain(
    "complete -c qbuild -f -n '__fish_seen_subcommand_from cache' -a 'gc' -d 'Collect'\n",
  );
  expect(script).toContain("complete -c qbuild -f -n '__fish_use_subcommand' -a 'cache'\n");
  expect(script).toContain("-l 'install-host-tools'\n");
  for (const line of script.trimEnd().split('\n')) expect((line.match(/'/g) ?? []).length % 2).toBe(0);
});
