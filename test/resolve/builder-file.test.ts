// `.qubesbuilder` files: what sections override, placeholders, and texts that somebody hostile could have written.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Failure } from '../../src/base/failure.ts';
import { type BuilderQuestion, parseBuilderFile, parseVersionFile } from '../../src/resolve/builder-file.ts';

const QUESTION: BuilderQuestion = {
  set: 'vm',
  kind: 'deb',
  codename: 'bookworm',
  component: 'saw',
  version: '4.2.8',
  release: '3',
  submodules: false,
};

function answer(text: string, question: Partial<BuilderQuestion> = {}) {
  const parsed = parseBuilderFile(text, 'saw/.qubesbuilder', { ...QUESTION, ...question });
  if (!parsed.ok) throw new Error(`${parsed.error.code} ${parsed.error.message} ${parsed.error.place}`);
  return parsed.value;
}

function refusals(text: string): Failure[] {
  const parsed = parseBuilderFile(text, 'saw/.qubesbuilder', QUESTION);
  if (parsed.ok) throw new Error(`accepted: ${JSON.stringify(parsed.value)}`);
  const { others = [], ...first } = parsed.error;
  return [first, ...others];
}

const PLAIN =
  'host:\n  rpm:\n    build: [rpm/host.spec]\nvm:\n  rpm:\n    build: [rpm/saw.spec, rpm/vm.spec]\n  deb:\n    build: [debian]\n';

describe('a builder file', () => {
  test('says what is built for a set and a kind, of the tree itself', () => {
    expect(answer(PLAIN)).toEqual({ build: ['debian'], commands: [], treeIsSource: true, files: [] });
    expect(answer(PLAIN, { kind: 'rpm' }).build).toEqual(['rpm/saw.spec', 'rpm/vm.spec']);
    expect(answer(PLAIN, { set: 'host', kind: 'rpm' }).build).toEqual(['rpm/host.spec']);
  });

  test('is overridden key by key by the section of a release, and no other release', () => {
    const text = `${PLAIN}    source:\n      commands: ['sed -i s/a/b/ @SOURCE_DIR@/debian/control']\nvm-bookworm:\n  deb:\n    build: [packaging/debian]\nvm-trixie:\n  deb:\n    source: {commands: []}\n`;
    expect(answer(text)).toMatchObject({
      build: ['packaging/debian'],
      commands: ['sed -i s/a/b/ @SOURCE_DIR@/debian/control'],
    });
    expect(answer(text, { codename: 'trixie' })).toMatchObject({ build: ['debian'], commands: [] });
  });

  test('names files with their proofs; then the first is what is built, unless it says otherwise', () => {
    const files = `${PLAIN}source:
  files:
  - url: https://example.org/@COMPONENT@/saw-@VERSION@.tar.xz
    signature: https://example.org/saw-@VERREL@.tar.xz.asc
    pubkeys: [keys/one.asc]
  - url: https://example.org/archive/abc.tar.gz#/blade-@REL@.tar.gz
    sha512: blade.sha512
`;
    expect(answer(files)).toMatchObject({
      treeIsSource: false,
      files: [
        {
          name: 'saw-4.2.8.tar.xz',
          url: 'https://example.org/saw/saw-4.2.8.tar.xz',
          proof: {
            kind: 'signature',
            url: 'https://example.org/saw-4.2.8-3.tar.xz.asc',
            keys: ['keys/one.asc'],
          },
        },
        {
          name: 'blade-3.tar.gz',
          url: 'https://example.org/archive/abc.tar.gz',
          proof: { kind: 'sha512', path: 'blade.sha512' },
        },
      ],
    });
    expect(answer(files.replace('source:\n', 'source:\n  create-archive: true\n')).treeIsSource).toBe(true);
  });

  test('may have submodules where they are fetched, of Debian packages', () => {
    const text = `${PLAIN}source: { modules: [blade] }\n`;
    expect(answer(text, { submodules: true }).build).toEqual(['debian']);
    expect(() => answer(text, { submodules: true, kind: 'rpm' })).toThrow('source/builder-unsupported');
  });

  const deb = (inner: string) => `vm:\n  deb:\n    build: [debian]\n${inner}`;
  const file = (inner: string) => deb(`source:\n  files:\n  - ${inner}\n`);
  test.each([
    ['a path out of the source', deb('').replace('debian', '../debian'), 'source/bad-builder-file', ':3:13'],
    ['an absolute path', deb('').replace('debian', '/etc'), 'source/bad-builder-file', ':3:13'],
    ['an option', deb('').replace('debian', '--version'), 'source/bad-builder-file', ':3:13'],
    ['a path with shell in it', deb('').replace('debian', '"a;b"'), 'source/bad-builder-file', ':3:13'],
    [
      'a path that a version completes',
      deb('').replace('debian', '"@VERSION@/../x"'),
      'source/bad-builder-file',
      ':3:13',
    ],
    ['a list that is a text', deb('').replace('[debian]', 'debian'), 'source/bad-builder-file', ':3:12'],
    ['a section that is a list', 'vm: [deb]\n', 'source/bad-builder-file', ':1:5'],
    [
      'a list without end',
      deb('').replace('debian', Array(65).fill('debian').join(',')),
      'source/bad-builder-file',
      ':3:12',
    ],
    ['nothing for this kind', 'host:\n  deb:\n    build: [debian]\n', 'source/builder-unsupported', ':1:1'],
    [
      'a command of several lines',
      deb('    source:\n      commands: ["a\\nb"]\n'),
      'source/bad-builder-file',
      ':5:18',
    ],
    [
      'a command for a program that is not here',
      deb("    source:\n      commands: ['@PLUGINS_DIR@/other @SOURCE_DIR@']\n"),
      'source/builder-unsupported',
      ':5:18',
    ],
    [
      'a longer name of the program that is here',
      deb("    source:\n      commands: ['@PLUGINS_DIR@/source_deb/scripts/debian-quilt/../x a']\n"),
      'source/builder-unsupported',
      ':5:18',
    ],
    ['submodules', deb('source: {modules: [a]}\n'), 'source/builder-unsupported', ':4:19'],
    [
      'a repository as a file',
      file('{git-url: "https://example.org/a", pubkeys: [a]}'),
      'source/builder-unsupported',
      ':6:15',
    ],
    ['a file without proof', file('{url: "https://example.org/a"}'), 'source/bad-builder-file', ':6:5'],
    ['a URL of another kind', file('{url: "ext::sh -c id", sha256: a}'), 'source/bad-builder-file', ':6:11'],
    [
      'a URL without file',
      file('{url: "https://example.org/", sha256: a}'),
      'source/bad-builder-file',
      ':6:11',
    ],
    [
      'a file name that is a way out',
      file('{url: "https://example.org/a#/..", sha256: a}'),
      'source/bad-builder-file',
      ':6:11',
    ],
    [
      'a checksum outside',
      file('{url: "https://example.org/a", sha256: ../a}'),
      'source/bad-builder-file',
      ':6:44',
    ],
    [
      'a key outside',
      file('{url: "https://example.org/a", signature: "https://example.org/b", pubkeys: [/etc/passwd]}'),
      'source/bad-builder-file',
      ':6:82',
    ],
    ['no YAML', 'vm: [\n', 'source/bad-builder-file', ''],
    [
      'an alias bomb',
      `a: &a [x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f', 'g'].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdef'[index]}`).join(',')}]`).join('\n')}\n`,
      'source/bad-builder-file',
      '',
    ],
    ['a tag', 'vm: !!js/function "x"\n', 'source/bad-builder-file', ''],
    ['a terminal escape', 'vm: "\u001b[31m"\n', 'source/bad-builder-file', ''],
  ])('is refused with %s', (_what, text, code, place) => {
    const [first] = refusals(text);
    expect([first?.code, first?.place]).toEqual([code, expect.stringContaining(`saw/.qubesbuilder${place}`)]);
    expect(first?.message).not.toBe('');
  });

  test('yields nothing that is not safe to use, whatever it says', () => {
    const words = fc.constantFrom(
      '..',
      '/',
      '-x',
      'debian',
      '@VERSION@',
      '@PLUGINS_DIR@',
      '\u0000',
      'a b',
      '$(id)',
      '~',
      'https://e.org/f',
    );
    const text = fc.array(words, { maxLength: 4 }).map((parts) => parts.join(''));
    const source = fc.record(
      {
        files: fc.array(
          fc.record(
            { url: text, sha256: text, signature: text, pubkeys: fc.array(text) },
            { requiredKeys: [] },
          ),
        ),
        'create-archive': fc.anything({ maxDepth: 1 }),
      },
      { requiredKeys: [] },
    );
    const kinds = fc.record(
      {
        deb: fc.record(
          { build: fc.array(text, { maxLength: 3 }), source: fc.record({ commands: fc.array(text) }) },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.record({ vm: kinds, source }, { requiredKeys: [] }), (written) => {
        const parsed = parseBuilderFile(JSON.stringify(written), 'x', QUESTION);
        if (!parsed.ok) {
          expect(parsed.error.code).toMatch(/^source\/(?:bad-builder-file|builder-unsupported)$/);
          return;
        }
        for (const path of parsed.value.build) {
          expect(path).toMatch(/^[A-Za-z0-9._+~][A-Za-z0-9._+~/-]*$/);
          expect(path.split('/')).not.toContain('..');
        }
        for (const command of parsed.value.commands)
          expect(command).not.toMatch(/\p{Cc}|@PLUGINS_DIR@(?!\/source_deb\/scripts\/debian-quilt )/u);
        for (const { name } of parsed.value.files) expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._+~-]*$/);
      }),
    );
  });

  test('is read in no time, however it is written', () => {
    const long = `vm:\n  deb:\n    build: ["${'a/'.repeat(2000)}"]\n    source:\n      commands: ["${'@SOURCE_DIR'.repeat(370)}"]\n`;
    const begun = performance.now();
    parseBuilderFile(long, 'x', QUESTION);
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

describe('a version file', () => {
  test('is its first line', () => {
    expect(parseVersionFile('4.2.8\nrest\n', 'x/version')).toEqual({ ok: true, value: '4.2.8' });
    expect(parseVersionFile('4.18.0-rc1 \n', 'x/version')).toEqual({ ok: true, value: '4.18.0-rc1' });
  });

  test.each(['', '\n4', 'v4', '-1', '4 2', '4/2', '4$(id)', `4${'0'.repeat(64)}`])(
    'is refused as %j',
    (text) => {
      expect(parseVersionFile(text, 'x/version')).toMatchObject({
        ok: false,
        error: { code: 'source/bad-version-file', place: 'x/version:1' },
      });
    },
  );
});
