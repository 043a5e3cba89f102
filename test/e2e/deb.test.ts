// Debian packages in real sandboxes: layers, the product's own packages, early cut-off, stamps, and all that fails.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT_CODE } from '../../src/base/failure.ts';
import { canMakeUsers } from '../sandbox/ordinary-user.ts';
import { helloRepository } from './deb/repository.ts';
import {
  BUILD_LIBRARY,
  BUILD_PROGRAM,
  debWorkspace,
  INSTALL,
  LIBRARY,
  librarySource,
  outputsOf,
  PROGRAM,
  recipe,
} from './deb/workspace.ts';
import { OrdinaryRuns, outputsByKey } from './ordinary-runs.ts';
import { actionsOf, type ProductRun, Workbench } from './workbench.ts';

const only = ['tiny', '--only', 'greeter'] as const;
const ROOTS = ['root:debian-12:base', 'root:debian-12:deb-build'];

const bench = new Workbench();
let first: ProductRun;

beforeAll(async () => {
  first = await debWorkspace(bench).product(...only);
  expect(first.result.failure).toBeUndefined();
});
afterAll(() => bench.remove());

/** A workspace of its own over the store that has the roots. */
function fresh(): Workbench {
  return debWorkspace(new Workbench({ like: bench }));
}

const executed = ({ events }: ProductRun) => actionsOf(events, 'started').sort();
const field = (deb: string, name: string) =>
  execFileSync('dpkg-deb', ['--field', deb, name]).toString().trim();

describe('a build', () => {
  test('makes roots, the library, a layer with it, and the program', () => {
    expect(executed(first)).toEqual([BUILD_PROGRAM, BUILD_LIBRARY, INSTALL, ...ROOTS].sort());
    expect(first.result.actions).toEqual({ run: 5, cached: 0, failed: 0 });
  });

  test('yields .deb files alone, and a source package with records beside them', () => {
    const { debs = '', source = '' } = outputsOf(bench, first, BUILD_PROGRAM);
    expect(readdirSync(debs).sort()).toEqual(['greeter-dbgsym_2.0-3_amd64.deb', 'greeter_2.0-3_amd64.deb']);
    expect(field(join(debs, 'greeter_2.0-3_amd64.deb'), 'Depends')).toContain('libgreet1');
    expect(field(join(debs, 'greeter_2.0-3_amd64.deb'), 'Version')).toBe('1:2.0-3');
    expect(readdirSync(source).sort()).toEqual([
      'greeter_2.0-3.debian.tar.xz',
      'greeter_2.0-3.dsc',
      'greeter_2.0-3_amd64.buildinfo',
      'greeter_2.0-3_amd64.changes',
      'greeter_2.0.orig.tar.gz',
    ]);
    const buildinfo = readFileSync(join(source, 'greeter_2.0-3_amd64.buildinfo'), 'utf8');
    expect(buildinfo).toMatch(/^Build-Date: Thu, 01 Jan 2026 00:00:00 \+0000$/m);
    expect(buildinfo).toMatch(/^ libgreet-dev \(= 1\.0\),?$/m);
    expect(buildinfo).not.toContain('parallel');
    const changes = readFileSync(join(source, 'greeter_2.0-3_amd64.changes'), 'utf8');
    const sums = changes.slice(changes.indexOf('Checksums-Sha256'), changes.indexOf('Files:'));
    const listed = [...sums.matchAll(/^ ([0-9a-f]{64}) \d+ (\S+)$/gm)];
    expect(listed).toHaveLength(6);
    const files = execFileSync(
      'sha256sum',
      listed.flatMap(([, , name = '']) => {
        return [join(name.endsWith('.deb') ? debs : source, name)];
      }),
    ).toString();
    expect(files.match(/^[0-9a-f]{64}/gm)).toEqual(listed.map(([, sum]) => sum));
  });

  test('has zeroed memory for every tool but the one that packs', async () => {
    const { stdout } = await bench.run(['log', BUILD_PROGRAM, '--product', 'tiny']);
    expect(stdout).toMatch(
      /^tools: glibc\.malloc\.perturb=255:.*\n(?:.*\n)?\+ unset GLIBC_TUNABLES\n\+ exec \/usr\/bin\/dpkg-deb --version$/m,
    );
  });

  test('installs of the product’s packages what it needs and no more', async () => {
    const { stdout } = await bench.run(['log', INSTALL, '--product', 'tiny']);
    expect(stdout).toMatch(
      /^libgreet-dev_1\.0_amd64\.deb\nlibgreet1_1\.0_amd64\.deb\nunpacking 2 packages$/m,
    );
  });

  test('is there already the second time', async () => {
    const second = await bench.product(...only);
    expect(second.result.actions).toEqual({ run: 0, cached: 5, failed: 0 });
  });
});

describe('a repository that says itself how it is built', () => {
  const listed = () => {
    const foreign = fresh();
    const base = helloRepository(join(foreign.dir, 'offered'));
    foreign.write('repositories/wood.yaml', WOOD.replace('BASE', base));
    foreign.edit('products/tiny.yaml', (text) => text.replace('[greeter,', '[wood-hello, greeter,'));
    return foreign;
  };

  test('needs no recipe: its archive, patches and commands make the package', async () => {
    const foreign = listed();
    const run = await foreign.product('tiny', '--only', 'wood-hello');
    expect(run.result.failure).toBeUndefined();
    const made = outputsOf(foreign, run, 'build:wood-hello:debian-12/amd64');
    const deb = join(made.debs ?? '', 'hello_1.0-3_all.deb');
    expect(field(deb, 'Description')).toMatch(/^A 1\.0-3 greeting/);
    const unpacked = join(foreign.dir, 'unpacked');
    execFileSync('dpkg-deb', ['--extract', deb, unpacked]);
    expect(readFileSync(join(unpacked, 'usr/bin/hello'), 'utf8')).toBe('echo patched\n');
    const upstream = readFileSync(join(foreign.dir, 'offered/hello-1.0.tar.gz'));
    expect(readFileSync(join(made.source ?? '', 'hello_1.0.orig.tar.gz')).equals(upstream)).toBe(true);
    rmSync(join(foreign.dir, 'offered'), { recursive: true });
    const again = await foreign.product('tiny', '--only', 'wood-hello', '--locked', '--offline');
    expect(again.result.actions.run).toBe(0);
    foreign.remove();
  });

  test('fails with a code of its own when one of its commands does', async () => {
    const foreign = listed();
    const repository = join(foreign.dir, 'offered/wood-hello');
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args]);
    const file = join(repository, '.qubesbuilder');
    writeFileSync(file, readFileSync(file, 'utf8').replace("- 'sed", "- 'false; sed"));
    git('commit', '--quiet', '--all', '-m', 'y');
    git('tag', '--force', 'v1.0');
    const { result } = await foreign.product('tiny', '--only', 'wood-hello');
    expect(result.failure?.code).toBe('deb/preparation-failed');
    foreign.remove();
  });
});

const WOOD = `kind: repositories
name: wood
base: BASE
prefix: wood-
tag: v*
license: MIT
packages:
  - target: debian-12/amd64
    build: { kind: deb }
list:
  hello: { version: '1.0' }
`;

describe('the lock', () => {
  test('is the same whichever command wrote it last: what only `component` builds is in it, and stays', async () => {
    const locked = fresh();
    expect((await locked.run(['lock'])).exitCode).toBe(0);
    const written = locked.read('qbuild.lock');
    const component = await locked.run(['component', 'greeter', '--product', 'tiny']);
    expect([component.exitCode, locked.read('qbuild.lock')]).toEqual([0, written]);
    expect((await locked.run(['lock'])).stdout).toBe('qbuild.lock is up to date\n');
    locked.remove();
  });
});

describe('memory that a build did not initialise', () => {
  test('is zero, so that what a tool writes of it is the same each time', async () => {
    const sloppy = fresh();
    sloppy.edit(`${PROGRAM}/greeter.c`, () => SLOPPY);
    sloppy.edit(`${PROGRAM}/Makefile`, (text) => text.replace("'^hello '", "'^0 bytes'"));
    expect((await sloppy.product(...only)).result.failure).toBeUndefined();
    sloppy.remove();
  });
});

/** Says how many bytes of fresh memory are not zero, after memory of all small sizes was used and given back. */
const SLOPPY = `#include <greet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(void) {
  unsigned char *used[64];
  int found = 0;
  (void)greet;
  for (int round = 0; round < 2; round++)
    for (int i = 0; i < 64; i++) {
      size_t size = 16 * (i + 1);
      used[i] = malloc(size);
      for (size_t at = 0; at < size; at++) found += used[i][at] != 0;
      memset(used[i], 0x5a, size);
      free(used[i]);
    }
  printf("%d bytes\\n", found);
  return 0;
}
`;

describe.runIf(canMakeUsers)('an ordinary user', () => {
  test('builds what root builds: the same keys and the same bytes, from roots of its own', async () => {
    const runs = new OrdinaryRuns(bench);
    const { result } = await runs.product(only);
    expect(result.failure).toBeUndefined();
    expect(result.actions).toEqual({ run: 5, cached: 0, failed: 0 });
    const ofRoot = outputsByKey(bench.store);
    const ofUser = outputsByKey(runs.store);
    expect(ofUser.size).toBe(5);
    for (const [key, made] of ofUser) expect(ofRoot.get(key), key).toEqual(made);
    runs.remove();
  });
});

describe('an edit', () => {
  test('that changes no package stops at the package', async () => {
    const edited = fresh();
    await edited.product(...only);
    edited.edit(`${LIBRARY}/greet.c`, (text) => `${text}// The end.\n`);
    expect(executed(await edited.product(...only))).toEqual([BUILD_LIBRARY]);
    edited.remove();
  });

  test('of a package that no build needs goes no further than the layer', async () => {
    const edited = fresh();
    await edited.product(...only);
    edited.edit(`${LIBRARY}/debian/control`, (text) => text.replace('tells about', 'teaches'));
    expect(executed(await edited.product(...only))).toEqual([BUILD_LIBRARY, INSTALL]);
    edited.remove();
  });

  test('of what the program is linked with rebuilds it', async () => {
    const edited = fresh();
    await edited.product(...only);
    edited.write(`${LIBRARY}/greet.c`, librarySource(randomUUID()));
    expect(executed(await edited.product(...only))).toEqual([BUILD_PROGRAM, BUILD_LIBRARY, INSTALL]);
    edited.remove();
  });
});

describe('a stamped version', () => {
  test('is one of the content: the same for the same, another for another', async () => {
    const stamped = fresh();
    stamped.write('recipes/libgreet/recipe.yaml', recipe('libgreet', 'kind: deb, stamp: true'));
    const version = async () => {
      const run = await stamped.product('tiny', '--only', 'libgreet');
      expect(run.result.failure).toBeUndefined();
      const { debs = '' } = outputsOf(stamped, run, BUILD_LIBRARY);
      const name = readdirSync(debs).find((each) => each.startsWith('libgreet1_')) ?? '';
      return field(join(debs, name), 'Version');
    };
    const before = await version();
    expect(before).toMatch(/^1\.0~git[0-9a-f]{12}$/);
    expect(await version()).toBe(before);
    stamped.edit(`${LIBRARY}/greet.c`, (text) => `${text}// The end.\n`);
    expect(await version()).not.toBe(before);
    stamped.remove();
  });
});

describe('a build without tests', () => {
  test('has neither the test nor what only the test needs', async () => {
    const unchecked = fresh();
    unchecked.edit(`${PROGRAM}/Makefile`, (text) => text.replace("'^hello '", "'^goodbye '"));
    unchecked.edit(`${PROGRAM}/debian/control`, (text) =>
      text.replace('absent-there <never>', 'absent-there <!nocheck>'),
    );
    unchecked.write('recipes/greeter/recipe.yaml', recipe('greeter', 'kind: deb, check: false'));
    expect((await unchecked.product(...only)).result.failure).toBeUndefined();
    unchecked.remove();
  });
});

describe('what fails', () => {
  interface Breaking {
    readonly file: string;
    readonly change: (text: string) => string;
    readonly code: string;
    readonly place: string | RegExp;
    readonly cause: RegExp;
  }

  const CASES: Readonly<Record<string, Breaking>> = {
    'a relation that nothing satisfies': {
      file: `${PROGRAM}/debian/control`,
      change: (text) => text.replace('greet-headers', 'greet-headers, libgreet-never (>= 9)'),
      code: 'source/unresolvable',
      place: 'debian-12',
      cause: /libgreet-never \(>= 9\)/,
    },
    'relations that contradict the root, with the chain to the one that does': {
      file: `${PROGRAM}/debian/control`,
      change: (text) => text.replace('greet-headers', 'greet-headers, gcc (>= 4:99)'),
      code: 'source/unresolvable',
      place: 'debian-12',
      cause: /gcc \(>= 4:99\)/,
    },
    'a circle': {
      file: `${LIBRARY}/debian/control`,
      change: (text) => text.replace('(= 13)', '(= 13), greeter'),
      code: 'deb/cycle',
      place: /libgreet\/source\/debian\/control$|greeter\/source\/debian\/control$/,
      cause: /libgreet builds on greeter/,
    },
    'a malformed control file': {
      file: `${PROGRAM}/debian/control`,
      change: (text) => text.replace('Section: utils', 'Section utils'),
      code: 'deb/malformed-control',
      place: /greeter\/source\/debian\/control:2$/,
      cause: /^$/,
    },
    'a version that dpkg refuses': {
      file: `${PROGRAM}/debian/changelog`,
      change: (text) => text.replace('1:2.0-3', 'two'),
      code: 'deb/bad-version',
      place: /greeter\/source\/debian\/changelog:1$/,
      cause: /begins with a digit/,
    },
    'a version that does not fit the source format': {
      file: `${PROGRAM}/debian/changelog`,
      change: (text) => text.replace('2.0-3', '2.0'),
      code: 'deb/bad-version',
      place: BUILD_PROGRAM,
      cause: /has no Debian revision/,
    },
    'a maintainer script in the layer': {
      file: `${LIBRARY}/debian/libgreet1.postinst`,
      change: () => '#!/bin/sh\nset -e\necho broken on purpose\nexit 7\n',
      code: 'deb/maintainer-script',
      place: INSTALL,
      cause: /^The postinst script of libgreet1 ended with exit status 7: broken on purpose$/,
    },
    'a build that wants the network': {
      file: `${PROGRAM}/Makefile`,
      change: (text) =>
        text.replace('all: greeter', 'all: greeter\n\tbash -c ": </dev/tcp/deb.debian.org/80"'),
      code: 'deb/needs-network',
      place: BUILD_PROGRAM,
      cause: /asks for the network/,
    },
    'a package that was promised and not made': {
      file: `${LIBRARY}/debian/rules`,
      change: (text) =>
        `${text}override_dh_builddeb:\n\tdh_builddeb -Nlibgreet-dev\noverride_dh_gencontrol:\n\tdh_gencontrol -Nlibgreet-dev\n`,
      code: 'deb/missing-package',
      place: INSTALL,
      cause: /greet-headers|libgreet-dev/,
    },
    'a corrupt package': {
      file: `${LIBRARY}/debian/rules`,
      change: (text) =>
        `${text}override_dh_builddeb:\n\tdh_builddeb\n\ttruncate --size=-200 ../libgreet1_1.0_amd64.deb\n`,
      code: 'deb/corrupt-package',
      place: INSTALL,
      cause: /^The package libgreet1_1\.0_amd64\.deb cannot be unpacked: .*dpkg-deb: error/,
    },
    'a package that wants what no build had installed': {
      file: `${LIBRARY}/debian/rules`,
      change: (text) => `${text}override_dh_gencontrol:\n\tdh_gencontrol -- -Vmisc:Depends=quarry-stones\n`,
      code: 'deb/unmet-dependencies',
      place: INSTALL,
      cause: /libgreet1 depends on quarry-stones; however: Package quarry-stones is not installed/,
    },
    'a namesake from the distribution': {
      file: `${PROGRAM}/debian/control`,
      change: (text) =>
        `${text.replace('greet-headers', 'greet-headers, libev-dev')}\nPackage: libev4\nArchitecture: all\nDescription: a namesake\n Of a package that libev-dev depends on.\n`,
      code: 'deb/shadowed-package',
      place: 'greeter for debian-12/amd64',
      cause: /asks the distribution for libev4/,
    },
    'a package of the distribution that stands for one of the product': {
      file: `${LIBRARY}/debian/control`,
      change: (text) =>
        `${text.replace('libgreet1 (=', 'awk, libgreet1 (=')}\nPackage: awk\nArchitecture: all\nDescription: a namesake\n Of what mawk provides.\n`,
      code: 'deb/shadowed-package',
      place: INSTALL,
      cause: /mawk is installed and stands for awk/,
    },
  };

  test.each(Object.entries(CASES))('%s', async (_name, { file, change, code, place, cause }) => {
    const broken = fresh();
    const existing = readdirSync(join(broken.workspace, file, '..')).includes(file.split('/').at(-1) ?? '');
    if (existing) broken.edit(file, change);
    else broken.write(file, change(''));
    const { result, exitCode } = await broken.product(...only);
    expect([result.failure?.code, exitCode]).toEqual([code, EXIT_CODE[code.split('/')[0] as 'deb']]);
    expect(result.failure?.place ?? '').toMatch(place instanceof RegExp ? place : new RegExp(`${place}$`));
    expect(result.failure?.cause ?? '').toMatch(cause);
    expect(result.failure?.next).not.toBe('');
    broken.remove();
  });

  test('a namesake, unless the recipe allows it', async () => {
    const allowed = fresh();
    const { file, change } = CASES[
      'a package of the distribution that stands for one of the product'
    ] as Breaking;
    allowed.edit(file, change);
    allowed.write('recipes/greeter/recipe.yaml', recipe('greeter', 'kind: deb, allowDistribution: [awk]'));
    expect((await allowed.product(...only)).result.failure).toBeUndefined();
    allowed.remove();
  });
});
