// Manifests that break their schema: each mistake with its exact code, place, frame and hint.
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../src/base/failure.ts';
import { edited, type Files, failuresOf, recipe } from './written.ts';

const PRODUCT = 'products/desk.yaml';
const TOP = 'recipes/top/recipe.yaml';

const cases: readonly [title: string, change: Files, failure: Failure][] = [
  [
    'an unknown key, with the nearest known one',
    edited(PRODUCT, 'licensing: gpl', 'licencing: gpl'),
    {
      code: 'manifest/unknown-key',
      message: 'The key `licencing` is not known here.',
      place: 'products/desk.yaml:7:1',
      frame: [
        '  5 | version: 1.2.3',
        '  6 | vmm: hyperv',
        '> 7 | licencing: gpl',
        '    | ^^^^^^^^^',
        '  8 | domains:',
      ].join('\n'),
      next: 'Did you mean `licensing`?',
    },
  ],
  [
    'an unknown key deep inside a list of alternatives',
    edited(PRODUCT, '    formats: [exe]', '    format: [exe]\n    formats: [exe]'),
    {
      code: 'manifest/unknown-key',
      message: 'The key `format` is not known here.',
      place: 'products/desk.yaml:16:5',
      frame: [
        '  14 | deliverables:',
        '  15 |   - kind: installer',
        '> 16 |     format: [exe]',
        '     |     ^^^^^^',
        '  17 |     formats: [exe]',
      ].join('\n'),
      next: 'Did you mean `formats`?',
    },
  ],
  [
    'an unknown role, which is the key of a mapping',
    edited(PRODUCT, '  admin: { os: windows }', '  admin: { os: windows }\n  gu: { os: windows }'),
    {
      code: 'manifest/unknown-key',
      message: 'The key `gu` is not known here.',
      place: 'products/desk.yaml:10:3',
      frame: [
        '   8 | domains:',
        '   9 |   admin: { os: windows }',
        '> 10 |   gu: { os: windows }',
        '     |   ^^',
        '  11 | components:',
      ].join('\n'),
      next: 'Did you mean `gui`?',
    },
  ],
  [
    'a missing key',
    edited('products/vmm/hyperv.yaml', 'title: Hyper-V\n', ''),
    {
      code: 'manifest/missing-key',
      message: 'The key `title` is missing here.',
      place: 'products/vmm/hyperv.yaml:1:1',
      frame: '> 1 | kind: vmm\n    | ^^^^^^^^^\n  2 | name: hyperv',
    },
  ],
  [
    'a number where a text belongs',
    edited(PRODUCT, 'title: A Desk', 'title: 42'),
    {
      code: 'manifest/wrong-type',
      message: 'Expected a text, found the number `42`.',
      place: 'products/desk.yaml:3:8',
      frame: [
        '  1 | kind: product',
        '  2 | name: desk',
        '> 3 | title: 42',
        '    |        ^^',
        '  4 | publisher: Carpenter',
      ].join('\n'),
      next: "Write it in quotes: '42'.",
    },
  ],
  [
    'a text where a list belongs',
    edited(PRODUCT, 'components:\n  - top\n  - leg\n  - fitter', 'components: top'),
    {
      code: 'manifest/wrong-type',
      message: 'Expected a list, found a text.',
      place: 'products/desk.yaml:10:13',
      frame: [
        '   8 | domains:',
        '   9 |   admin: { os: windows }',
        '> 10 | components: top',
        '     |             ^^^',
        '  11 | deliverables:',
      ].join('\n'),
    },
  ],
  [
    'a key without value',
    edited(PRODUCT, 'publisher: Carpenter', 'publisher:'),
    {
      code: 'manifest/wrong-type',
      message: 'Expected a text, found nothing.',
      place: 'products/desk.yaml:4:11',
      frame: [
        '  2 | name: desk',
        '  3 | title: A Desk',
        '> 4 | publisher:',
        '    |           ^',
        '  5 | version: 1.2.3',
      ].join('\n'),
    },
  ],
  [
    'a value that is none of the allowed, with the nearest',
    edited(PRODUCT, 'licensing: gpl', 'licensing: comercial'),
    {
      code: 'manifest/invalid-value',
      message: '`comercial` is not one of `commercial`, `gpl`.',
      place: 'products/desk.yaml:7:12',
      frame: [
        '  5 | version: 1.2.3',
        '  6 | vmm: hyperv',
        '> 7 | licensing: comercial',
        '    |            ^^^^^^^^^',
        '  8 | domains:',
      ].join('\n'),
      next: 'Did you mean `commercial`?',
    },
  ],
  [
    'an unknown build kind',
    edited(TOP, 'kind: windows', 'kind: windoze'),
    {
      code: 'manifest/invalid-value',
      message: '`windoze` is not one of `windows`, `deb`, `rpm`.',
      place: 'recipes/top/recipe.yaml:9:20',
      frame: [
        '  7 | packages:',
        '  8 |   - target: windows/amd64',
        '> 9 |     build: { kind: windoze }',
        '    |                    ^^^^^^^',
      ].join('\n'),
      next: 'Did you mean `windows`?',
    },
  ],
  [
    'a version that is none',
    edited(PRODUCT, 'version: 1.2.3', 'version: 1.2.3-rc1'),
    {
      code: 'manifest/invalid-value',
      message: 'A version is `major.minor.patch`, each a number without leading zeros.',
      place: 'products/desk.yaml:5:10',
      frame: [
        '  3 | title: A Desk',
        '  4 | publisher: Carpenter',
        '> 5 | version: 1.2.3-rc1',
        '    |          ^^^^^^^^^',
        '  6 | vmm: hyperv',
      ].join('\n'),
    },
  ],
  [
    'a version that YAML reads as a number',
    edited(PRODUCT, 'version: 1.2.3', 'version: 1.2'),
    {
      code: 'manifest/wrong-type',
      message: 'Expected a text, found the number `1.2`.',
      place: 'products/desk.yaml:5:10',
      frame: [
        '  3 | title: A Desk',
        '  4 | publisher: Carpenter',
        '> 5 | version: 1.2',
        '    |          ^^^',
        '  6 | vmm: hyperv',
      ].join('\n'),
      next: "Write it in quotes: '1.2'.",
    },
  ],
  [
    'a component whose name looks like an option',
    edited(PRODUCT, '  - leg', '  - --output=/etc/passwd'),
    {
      code: 'manifest/invalid-value',
      message:
        'A name has lower-case letters and digits, joined by single `-` or `.`, and begins with neither.',
      place: 'products/desk.yaml:12:5',
      frame: [
        '  10 | components:',
        '  11 |   - top',
        '> 12 |   - --output=/etc/passwd',
        '     |     ^^^^^^^^^^^^^^^^^^^^',
        '  13 |   - fitter',
      ].join('\n'),
    },
  ],
  [
    'a make variable that would run a command',
    edited(TOP, 'kind: windows', 'kind: windows, make: { EXTRA: "$(shell id)" }'),
    {
      code: 'manifest/invalid-value',
      message: 'A make variable has neither `$` nor control characters.',
      place: 'recipes/top/recipe.yaml:9:44',
      frame: [
        '  7 | packages:',
        '  8 |   - target: windows/amd64',
        '> 9 |     build: { kind: windows, make: { EXTRA: "$(shell id)" } }',
        '    |                                            ^^^^^^^^^^^^^',
      ].join('\n'),
    },
  ],
  [
    'a make variable with a name that is none',
    edited(TOP, 'kind: windows', 'kind: windows, make: { "-C/": x }'),
    {
      code: 'manifest/invalid-value',
      message: 'A make variable has upper-case letters, digits and `_`.',
      place: 'recipes/top/recipe.yaml:9:37',
      frame: [
        '  7 | packages:',
        '  8 |   - target: windows/amd64',
        '> 9 |     build: { kind: windows, make: { "-C/": x } }',
        '    |                                     ^^^^^',
      ].join('\n'),
    },
  ],
  [
    'a git tag that is an option',
    edited(TOP, '{ local: source }', '{ git: "https://example.org/top", tag: --upload-pack=id }'),
    {
      code: 'manifest/invalid-value',
      message: 'A tag or branch begins with a letter or digit and has letters, digits and `._/+@-` only.',
      place: 'recipes/top/recipe.yaml:5:48',
      frame: [
        '  3 | summary: A top',
        '  4 | license: GPL-2.0-or-later',
        '> 5 | source: { git: "https://example.org/top", tag: --upload-pack=id }',
        '    |                                                ^^^^^^^^^^^^^^^^',
        '  6 | dependsOn: [joint]',
      ].join('\n'),
    },
  ],
  [
    'a git URL of a scheme that runs programs',
    edited(TOP, '{ local: source }', '{ git: "ext::sh -c id", tag: v1 }'),
    {
      code: 'manifest/invalid-value',
      message: 'A URL begins with `https://`, `http://`, `ssh://`, `git://` or `file://` and has no spaces.',
      place: 'recipes/top/recipe.yaml:5:16',
      frame: [
        '  3 | summary: A top',
        '  4 | license: GPL-2.0-or-later',
        '> 5 | source: { git: "ext::sh -c id", tag: v1 }',
        '    |                ^^^^^^^^^^^^^^^',
        '  6 | dependsOn: [joint]',
      ].join('\n'),
    },
  ],
  [
    'a subdirectory outside of the repository',
    edited(TOP, '{ local: source }', '{ git: "https://example.org/top", tag: v1, subdirectory: a/../../b }'),
    {
      code: 'manifest/invalid-value',
      message: 'A path here has no `..`.',
      place: 'recipes/top/recipe.yaml:5:66',
      frame: [
        '  3 | summary: A top',
        '  4 | license: GPL-2.0-or-later',
        '> 5 | source: { git: "https://example.org/top", tag: v1, subdirectory: a/../../b }',
        '    |                                                                  ^^^^^^^^^',
        '  6 | dependsOn: [joint]',
      ].join('\n'),
    },
  ],
  [
    'a source from two places',
    edited(TOP, '{ local: source }', '{ local: source, git: "https://example.org/top" }'),
    {
      code: 'manifest/invalid-value',
      message: 'A source has exactly one of `local`, `git` and `archive`.',
      place: 'recipes/top/recipe.yaml:5:9',
      frame: [
        '  3 | summary: A top',
        '  4 | license: GPL-2.0-or-later',
        '> 5 | source: { local: source, git: "https://example.org/top" }',
        '    |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^',
        '  6 | dependsOn: [joint]',
      ].join('\n'),
    },
  ],
  [
    'an archive that is not pinned',
    edited(TOP, '{ local: source }', '{ archive: "https://example.org/a.tar" }'),
    {
      code: 'manifest/invalid-value',
      message: 'An archive source has `sha256` and `size`.',
      place: 'recipes/top/recipe.yaml:5:9',
      frame: [
        '  3 | summary: A top',
        '  4 | license: GPL-2.0-or-later',
        '> 5 | source: { archive: "https://example.org/a.tar" }',
        '    |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^',
        '  6 | dependsOn: [joint]',
      ].join('\n'),
    },
  ],
  [
    'a pin of what is no archive',
    edited(TOP, '{ local: source }', '{ local: source, size: 1 }'),
    {
      code: 'manifest/invalid-value',
      message: '`size` belongs to an archive source.',
      place: 'recipes/top/recipe.yaml:5:32',
      frame: [
        '  3 | summary: A top',
        '  4 | license: GPL-2.0-or-later',
        '> 5 | source: { local: source, size: 1 }',
        '    |                                ^',
        '  6 | dependsOn: [joint]',
      ].join('\n'),
    },
  ],
  [
    'a git source without tag, branch or commit',
    edited(TOP, '{ local: source }', '{ git: "https://example.org/top" }'),
    {
      code: 'manifest/invalid-value',
      message: 'A git source names exactly one of `tag`, `branch` and `commit`.',
      place: 'recipes/top/recipe.yaml:5:9',
      frame: [
        '  3 | summary: A top',
        '  4 | license: GPL-2.0-or-later',
        '> 5 | source: { git: "https://example.org/top" }',
        '    |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^',
        '  6 | dependsOn: [joint]',
      ].join('\n'),
    },
  ],
  [
    'a local source with a tag',
    edited(TOP, '{ local: source }', '{ local: source, tag: v1 }'),
    {
      code: 'manifest/invalid-value',
      message: '`tag` belongs to a git source.',
      place: 'recipes/top/recipe.yaml:5:31',
      frame: [
        '  3 | summary: A top',
        '  4 | license: GPL-2.0-or-later',
        '> 5 | source: { local: source, tag: v1 }',
        '    |                               ^^',
        '  6 | dependsOn: [joint]',
      ].join('\n'),
    },
  ],
  [
    'a git source with packaging elsewhere',
    edited(TOP, '{ local: source }', '{ git: "https://example.org/top", tag: v1, packaging: deb }'),
    {
      code: 'manifest/invalid-value',
      message: '`packaging` belongs to a local source.',
      place: 'recipes/top/recipe.yaml:5:63',
      frame: [
        '  3 | summary: A top',
        '  4 | license: GPL-2.0-or-later',
        '> 5 | source: { git: "https://example.org/top", tag: v1, packaging: deb }',
        '    |                                                               ^^^',
        '  6 | dependsOn: [joint]',
      ].join('\n'),
    },
  ],
  [
    'an absolute path',
    edited(TOP, 'local: source', 'local: /etc'),
    {
      code: 'manifest/invalid-value',
      message: 'A path is relative: it begins with neither `/`, a drive letter nor `-`.',
      place: 'recipes/top/recipe.yaml:5:18',
      frame: [
        '  3 | summary: A top',
        '  4 | license: GPL-2.0-or-later',
        '> 5 | source: { local: /etc }',
        '    |                  ^^^^',
        '  6 | dependsOn: [joint]',
      ].join('\n'),
    },
  ],
  [
    'a root set without packages',
    edited('distributions/debian-12.yaml', 'windows-build: [make]', 'windows-build: []'),
    {
      code: 'manifest/invalid-value',
      message: 'A root set has at least one package.',
      place: 'distributions/debian-12.yaml:11:18',
      frame: [
        '   9 | roots:',
        '  10 |   base: [dpkg]',
        '> 11 |   windows-build: []',
        '     |                  ^^',
      ].join('\n'),
    },
  ],
  [
    'a distribution without base',
    edited('distributions/debian-12.yaml', '  base: [dpkg]\n', ''),
    {
      code: 'manifest/invalid-value',
      message: 'The root set `base` is missing.',
      place: 'distributions/debian-12.yaml:10:3',
      frame: [
        '   8 |     keyring: archive.gpg',
        '   9 | roots:',
        '> 10 |   windows-build: [make]',
        '     |   ^^^^^^^^^^^^^^^^^^^^^',
      ].join('\n'),
    },
  ],
  [
    'a shared set on a root set that does not exist',
    edited(
      'distributions/debian-12.yaml',
      '  windows-build: [make]\n',
      '  windows-build: [make]\nshared:\n  tools: { on: linux-build, packages: [make] }\n',
    ),
    {
      code: 'manifest/invalid-value',
      message: 'There is no root set `linux-build`.',
      place: 'distributions/debian-12.yaml:13:16',
      frame: [
        '  11 |   windows-build: [make]',
        '  12 | shared:',
        '> 13 |   tools: { on: linux-build, packages: [make] }',
        '     |                ^^^^^^^^^^^',
      ].join('\n'),
    },
  ],
  [
    'a keyring outside of the layer',
    edited('distributions/debian-12.yaml', 'archive.gpg', '/etc/../tmp/archive.gpg'),
    {
      code: 'manifest/invalid-value',
      message: 'A keyring path has no `..`.',
      place: 'distributions/debian-12.yaml:8:14',
      frame: [
        '  6 |     suites: [bookworm]',
        '  7 |     components: [main]',
        '> 8 |     keyring: /etc/../tmp/archive.gpg',
        '    |              ^^^^^^^^^^^^^^^^^^^^^^^',
        '  9 | roots:',
      ].join('\n'),
    },
  ],
  [
    'another kind than its place holds',
    edited('products/vmm/hyperv.yaml', 'kind: vmm', 'kind: product'),
    {
      code: 'manifest/wrong-kind',
      message: 'A manifest here is of kind `vmm`, not `product`.',
      place: 'products/vmm/hyperv.yaml:1:7',
      frame: '> 1 | kind: product\n    |       ^^^^^^^\n  2 | name: hyperv',
    },
  ],
  [
    'no kind',
    edited('products/vmm/hyperv.yaml', 'kind: vmm\n', ''),
    {
      code: 'manifest/missing-key',
      message: 'The key `kind` is missing; a manifest here says `kind: vmm`.',
      place: 'products/vmm/hyperv.yaml:1:1',
      frame: '> 1 | name: hyperv\n    | ^^^^^^^^^^^^\n  2 | title: Hyper-V',
    },
  ],
  [
    'a list as a whole',
    { 'products/vmm/hyperv.yaml': '- kind: vmm\n' },
    {
      code: 'manifest/wrong-type',
      message: 'Expected a mapping, found a list.',
      place: 'products/vmm/hyperv.yaml:1:1',
      frame: '> 1 | - kind: vmm\n    | ^^^^^^^^^^^',
    },
  ],
  [
    'an empty file',
    { 'products/vmm/hyperv.yaml': '' },
    {
      code: 'manifest/wrong-type',
      message: 'Expected a mapping, found nothing.',
      place: 'products/vmm/hyperv.yaml:1:1',
      frame: '> 1 |\n    | ^',
    },
  ],
  [
    'a name that is not that of its file',
    edited('products/vmm/hyperv.yaml', 'name: hyperv', 'name: hyper'),
    {
      code: 'manifest/name-mismatch',
      message: 'The name `hyper` differs from that of its file, `hyperv`.',
      place: 'products/vmm/hyperv.yaml:2:7',
      frame: '  1 | kind: vmm\n> 2 | name: hyper\n    |       ^^^^^\n  3 | title: Hyper-V',
    },
  ],
  [
    'a name that is not that of its directory',
    { [TOP]: recipe('tip') },
    {
      code: 'manifest/name-mismatch',
      message: 'The name `tip` differs from that of its directory, `top`.',
      place: 'recipes/top/recipe.yaml:2:7',
      frame: '  1 | kind: recipe\n> 2 | name: tip\n    |       ^^^\n  3 | summary: A tip',
    },
  ],
  [
    "a value inside an alias, where the anchor's content is written",
    edited(TOP, 'dependsOn: [joint]', 'provides: &list [Glue]\ndependsOn: *list'),
    {
      code: 'manifest/invalid-value',
      message:
        'A name has lower-case letters and digits, joined by single `-` or `.`, and begins with neither.',
      place: 'recipes/top/recipe.yaml:6:18',
      frame: [
        '  4 | license: GPL-2.0-or-later',
        '  5 | source: { local: source }',
        '> 6 | provides: &list [Glue]',
        '    |                  ^^^^',
        '  7 | dependsOn: *list',
      ].join('\n'),
    },
  ],
  [
    "a service that breaks the installer's rules",
    { [TOP]: `${recipe('top')}installer:\n  services: [{ name: 1st, title: T, program: bin/t.exe }]\n` },
    {
      code: 'manifest/invalid-value',
      message: 'This value must be letters, digits, ".", "_" and "-".',
      place: 'recipes/top/recipe.yaml:10:22',
      frame: [
        '   8 |     build: { kind: windows }',
        '   9 | installer:',
        '> 10 |   services: [{ name: 1st, title: T, program: bin/t.exe }]',
        '     |                      ^^^',
      ].join('\n'),
    },
  ],
  [
    'a registry value of neither type',
    { [TOP]: `${recipe('top')}installer:\n  registry: [{ key: Software\\Desk, value: [1] }]\n` },
    {
      code: 'manifest/invalid-value',
      message: 'A list fits none of what is allowed here: a text, a number.',
      place: 'recipes/top/recipe.yaml:10:43',
      frame: [
        '   8 |     build: { kind: windows }',
        '   9 | installer:',
        '> 10 |   registry: [{ key: Software\\Desk, value: [1] }]',
        '     |                                           ^^^',
      ].join('\n'),
    },
  ],
];

const messages: readonly [title: string, change: Files, message: string][] = [
  [
    'a truth value where a text belongs',
    edited(PRODUCT, 'title: A Desk', 'title: true'),
    'Expected a text, found the value `true`.',
  ],
  [
    'a number where one of a few words belongs',
    edited(PRODUCT, 'licensing: gpl', 'licensing: 2'),
    'The number `2` is not one of `commercial`, `gpl`.',
  ],
  [
    'a registry number that is too small',
    { [TOP]: `${recipe('top')}installer:\n  registry: [{ key: Software\\Desk, value: -1 }]\n` },
    'Too small: expected number to be >=0.',
  ],
  [
    'a registry entry without a value',
    { [TOP]: `${recipe('top')}installer:\n  registry: [{ key: Software\\Desk }]\n` },
    'The key `value` is missing here.',
  ],
  [
    'a deliverable without a kind',
    edited(PRODUCT, '  - kind: installer\n    formats: [exe]', '  - formats: [exe]'),
    'The key `kind` is missing here.',
  ],
  [
    'a build without a kind',
    edited(TOP, 'build: { kind: windows }', 'build: {}'),
    'The key `kind` is missing here.',
  ],
  [
    'a VMM without saying where it runs',
    edited('products/vmm/hyperv.yaml', 'hosting: hosted\n', ''),
    'The key `hosting` is missing here.',
  ],
  [
    'a date where seconds belong',
    edited('qbuild.yaml', 'epoch: 1700000000', 'epoch: 2026-01-01'),
    'Expected a number, found a text.',
  ],
];

describe('a manifest with a mistake', () => {
  it.each(messages)('%s is told in words', async (_, change, expected) => {
    const [first] = await failuresOf(change);
    expect(first?.message).toBe(expected);
  });

  it.each(cases)('%s is reported at its place', async (_, change, expected) => {
    const [first] = await failuresOf(change);
    expect(first).toEqual(expected);
  });

  it('together with others is reported together with them, in one pass', async () => {
    const found = await failuresOf({
      ...edited(PRODUCT, 'title: A Desk', 'titel: A Desk\nversoin: 1'),
      ...edited(TOP, 'kind: windows', 'kind: window'),
      'recipes/leg/recipe.yaml': 'kind: recipe\nkind: recipe\n',
    });
    expect(found.map(({ code, place }) => `${code} ${place}`)).toEqual([
      'manifest/duplicate-key recipes/leg/recipe.yaml:2:1',
      'manifest/invalid-value recipes/top/recipe.yaml:9:20',
      'manifest/unknown-key products/desk.yaml:3:1',
      'manifest/unknown-key products/desk.yaml:4:1',
    ]);
  });

  it('of any length is reported in a message of readable length', async () => {
    const [key] = await failuresOf(edited(PRODUCT, 'licensing: gpl', `${'k'.repeat(900)}: gpl`));
    expect(key?.message).toBe(`The key \`${'k'.repeat(99)}…\` is not known here.`);
    const [value] = await failuresOf(edited(PRODUCT, 'licensing: gpl', `licensing: ${'v'.repeat(9_000)}`));
    expect(value?.message).toBe(`\`${'v'.repeat(99)}…\` is not one of \`commercial\`, \`gpl\`.`);
  });

  it('many times is reported a hundred times', async () => {
    const names = Array.from({ length: 5_000 }, () => '-x').join(', ');
    const found = await failuresOf({ [TOP]: recipe('top', `dependsOn: [${names}]\n`) });
    expect(found).toHaveLength(100);
  });
});
